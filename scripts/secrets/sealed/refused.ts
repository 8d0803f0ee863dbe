import type { Problem } from '../../../constructs/problem.ts';
import { UsageError } from '../../usage-error.ts';

/** Problems as the error of a command that does nothing because of them. */
export function refused(...problems: readonly Problem[]): UsageError {
  return new UsageError(
    problems
      .map(({ message, why, help }) => [message, why, help].filter((part) => part !== undefined).join('\n  '))
      .join('\n'),
  );
}
