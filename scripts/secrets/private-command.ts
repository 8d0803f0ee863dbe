import { Command, CommanderError, Option } from 'commander';
import { UsageError } from '../usage-error.ts';

/** What somebody wrote on the command line, once it is known to hold nothing that does not belong there. */
export interface Given<Flags> {
  readonly args: readonly string[];
  readonly flags: Flags;
}

const noValue =
  'a value is never an argument: every program of the machine can read arguments, and the shell writes them into its history. If this one was real, replace it where it was issued. Give a value at the prompt, by --from-file, by --from-env, or on stdin.';

/**
 * A command whose errors repeat nothing of the command line, since a value may have been written there by mistake, and
 * none of an error that nobody foresaw, since that may quote the data at hand.
 *
 * @param args as commander writes them, such as `<cluster>`, each with its description
 */
export function privateCommand<Flags extends object>(
  name: string,
  args: Readonly<Record<string, string>>,
  run: (given: Given<Flags>) => Promise<void>,
): Command {
  const command = new Command(name).allowExcessArguments().allowUnknownOption();
  for (const [argument, description] of Object.entries(args)) command.argument(argument, description);
  const variadic = Object.keys(args).some((argument) => argument.includes('...'));
  const most = variadic ? Number.POSITIVE_INFINITY : Object.keys(args).length;
  return command.action(async () => {
    // An unknown option stays among the arguments.
    const unknown = command.args.some((argument) => argument.startsWith('-') && argument !== '-');
    if (unknown)
      throw new UsageError(
        `secrets ${name}: there is an option that it does not have (--help shows those it has); ${noValue}`,
      );
    if (command.args.length > most) {
      throw new UsageError(`secrets ${name}: there are more arguments than ${Object.keys(args).join(' ')}; ${noValue}`);
    }
    await withoutDetails(name, () => run({ args: command.args, flags: command.opts<Flags>() }));
  });
}

/** An error that nobody foresaw, without its text. */
class Unforeseen extends Error {}

/** Runs a command; whatever it throws that was not written for people loses its text. */
async function withoutDetails(name: string, run: () => Promise<void>): Promise<void> {
  // They stay until the process ends: what a command left behind may fail after it.
  for (const event of ['uncaughtException', 'unhandledRejection']) {
    process.on(event, (error: unknown) => {
      const safe = safeError(name, error);
      console.error(`chitin: ${process.env.CHITIN_DEBUG ? safe.stack : safe.message}`);
      process.exit(2);
    });
  }
  try {
    await run();
  } catch (error) {
    throw safeError(name, error);
  }
}

function safeError(name: string, error: unknown): Error {
  if (error instanceof UsageError || error instanceof CommanderError || error instanceof Unforeseen) return error;
  const { code, syscall, path } = (error ?? {}) as { code?: unknown; syscall?: unknown; path?: unknown };
  if (typeof code === 'string' && typeof syscall === 'string') {
    const where = typeof path === 'string' && !syscall.startsWith('spawn') ? ` ${path}` : '';
    return new UsageError(`secrets ${name}: ${syscall.split(' ')[0]}${where} failed: ${code}`);
  }
  const kind = error instanceof Error ? error.constructor.name : typeof error;
  const safe = new Unforeseen(`secrets ${name} met an error that it did not expect (${kind})`);
  const frames = error instanceof Error ? (error.stack ?? '').split('\n').filter((line) => /^ {4}at /.test(line)) : [];
  safe.stack = [safe.message, ...frames].join('\n');
  return safe;
}

/** An option with few possible values, whose error does not repeat what was given. */
export function choice(flags: string, description: string, values: readonly string[], preset?: string): Option {
  const option = new Option(flags, `${description} (${values.join(', ')})`).argParser((value) => {
    if (values.includes(value)) return value;
    throw new UsageError(`${flags.split(' ')[0]} is none of: ${values.join(', ')}`);
  });
  return preset === undefined ? option : option.default(preset);
}
