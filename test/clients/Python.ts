/** The interpreter that has the official packages; `.ci/run` makes one and names it. */
export const python = process.env["PYTHON"] ?? "python3"

const canImport = (module: string): boolean => {
  // Without any Python, Bun throws instead of telling a status.
  if (Bun.which(python) === null) return false
  return Bun.spawnSync([python, "-c", `import ${module}`], { stdout: "ignore", stderr: "ignore" }).success
}

/**
 * Why a Python client cannot be tried here; nothing when it can. In CI nothing is skipped: a missing package is a
 * failure there.
 */
export const missingInPython = (module: string): string | undefined => {
  if (canImport(module)) return undefined
  const why = `skipped: ${python} cannot import ${module}`
  if (process.env["CI"] === "true") throw new Error(`${why}; CI must have it`)
  console.log(why)
  return why
}

/** Runs a Python program and gives what it printed; throws with its errors when it fails. */
export const runPython = async (program: string, environment: Readonly<Record<string, string>>): Promise<string> => {
  const child = Bun.spawn([python, "-c", program], {
    env: { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "", ...environment },
    stdout: "pipe",
    stderr: "pipe"
  })
  const [output, errors, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited
  ])
  if (code !== 0) throw new Error(errors)
  return output
}
