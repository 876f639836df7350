// The package has no types of its own; this is the one function of it that is used.
declare module '@bcoe/v8-coverage' {
  export function mergeProcessCovs<Script>(processes: readonly { result: Script[] }[]): { result: Script[] }
}
