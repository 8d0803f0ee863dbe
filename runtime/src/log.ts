import { type Logger, pino } from 'pino';
import { describe, redact } from './secrets.ts';

export type { Logger };

/** JSON lines with credentials taken out; to stdout, or to stderr where stdout is a conversation. */
export function makeLogger(level: string, stream: NodeJS.WritableStream = process.stdout): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      // The stack and properties of a provider's error hold requests and answers.
      serializers: { err: (error: unknown) => describe(error) },
    },
    { write: (line: string) => void stream.write(redact(line)) },
  );
}
