import { expect, test } from "bun:test"
import { readFileSync } from "node:fs"
import { join } from "node:path"

const root = join(import.meta.dir, "..")
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"))
// Bun's lockfile is JSON with trailing commas.
const lock = JSON.parse(readFileSync(join(root, "bun.lock"), "utf8").replaceAll(/,(\s*[}\]])/g, "$1"))

/**
 * Packages that a running gateway has on its disk, those that others bring included. Each new one is surface for an
 * attack: think, then raise this.
 */
const runtimePackages = 8

/** `name → names that it needs`, from the lockfile. */
const needsOf = (name: string): ReadonlyArray<string> => {
  const entry: unknown = lock.packages[name]?.[2]
  const { dependencies = {}, optionalDependencies = {} } = Object(entry)
  return [...Object.keys(dependencies), ...Object.keys(optionalDependencies)]
}

const runtime = (): ReadonlySet<string> => {
  const found = new Set<string>()
  const visit = (name: string): void => {
    if (found.has(name)) return
    found.add(name)
    for (const needed of needsOf(name)) visit(needed)
  }
  for (const name of Object.keys(manifest.dependencies)) visit(name)
  return found
}

test("the packages of a running gateway are as many as are written here", () => {
  expect([...runtime()].sort()).toHaveLength(runtimePackages)
})

test("versions are exact", () => {
  for (const version of Object.values({ ...manifest.dependencies, ...manifest.devDependencies })) {
    expect(String(version)).toMatch(/^(?:npm:[a-z-]+@)?\d+\.\d+\.\d+$/)
  }
})

test("no package may run a script while it is installed", () => {
  expect(manifest.trustedDependencies).toEqual([])
  for (const name of runtime()) {
    const { scripts = {} } = JSON.parse(readFileSync(join(root, "node_modules", name, "package.json"), "utf8"))
    const installing = Object.keys(scripts).filter((script) => /^(?:pre|post)?install$/.test(script))
    expect({ name, installing }).toEqual({ name, installing: [] })
  }
})

test("every package comes from the registry, and is what the lockfile says, byte for byte", () => {
  const packages = Object.entries<ReadonlyArray<unknown>>(lock.packages)
  expect(packages.length).toBeGreaterThan(runtimePackages)
  for (const [name, [, registry, , integrity]] of packages) {
    expect([name, registry]).toEqual([name, ""])
    expect([name, integrity]).toEqual([name, expect.stringMatching(/^sha512-[\w+/]{86}==$/)])
  }
})
