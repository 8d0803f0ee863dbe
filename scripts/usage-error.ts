/** Wrong use of the command line: its message says what to do, and a stack would say nothing more. */
export class UsageError extends Error {}
