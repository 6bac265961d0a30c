const variable = "BUN_CONFIG_MAX_HTTP_REQUESTS"

/** More than one process can have open files for. */
const mostRequests = "65535"

/**
 * Bun lets 256 requests be under way at once, over all hosts, and silently holds back the rest; it reads the number only when the process starts.
 * So a process that was started without it replaces itself by one that has it (same process id, same arguments).
 */
export const restartWithMoreRequests = (): void => {
  if (process.env[variable] !== undefined || process.execve === undefined) return
  // A compiled binary is its own program; from source the program is an argument of Bun.
  const program = Bun.main.startsWith("/$bunfs/") ? [] : [...process.execArgv, Bun.main]
  process.execve(process.execPath, [process.execPath, ...program, ...process.argv.slice(2)], {
    ...process.env,
    [variable]: mostRequests
  })
}
