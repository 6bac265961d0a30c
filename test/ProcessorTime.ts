/** Milliseconds of processor time that some work takes, which do not grow while a machine is busy with other things. */
export const processorTimeOf = (work: () => void): number => {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}
