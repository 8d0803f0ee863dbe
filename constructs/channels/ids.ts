import type { Problem } from '../problem.ts';

/** Longest id that a problem repeats: ids are shorter, and tokens of the services, which people paste by mistake, longer. */
const longest = 40;

/**
 * One problem for each id of another form.
 *
 * @param what what the ids are of, as the problem begins: `channel slack: person`
 * @param form the form of an id as the service writes it
 * @param more why the form matters, and how to get one
 */
export function idProblems(
  what: string,
  ids: readonly (string | number)[],
  form: RegExp,
  more: Pick<Problem, 'why' | 'help'> & { readonly not: string },
): Problem[] {
  const { not, ...rest } = more;
  // A number that JavaScript had to round is the id of somebody else.
  const wrong = ids.filter((id) => !form.test(String(id)) || (typeof id === 'number' && !Number.isSafeInteger(id)));
  return [...new Set(wrong.map(String))].map((id) => ({
    message: id.length > longest ? `${what} of ${id.length} characters is not ${not}` : `${what} "${id}" is not ${not}`,
    ...rest,
  }));
}

/** What is wrong with an empty list of people. */
export function nobodyProblems(channel: string, people: readonly unknown[], help: string): Problem[] {
  if (people.length > 0) return [];
  return [{ message: `channel ${channel}: no people`, why: 'An agent that obeys nobody is deaf.', help }];
}
