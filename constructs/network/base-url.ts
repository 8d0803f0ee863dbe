import type { Problem } from '../problem.ts';

/**
 * What is wrong with the base URL of an HTTPS service; undefined for nothing. A part that may hold a credential is not
 * repeated.
 *
 * @param what what it is the URL of, as the problem begins
 */
export function baseUrlProblem(what: string, text: string): Problem | undefined {
  const url = URL.parse(text);
  const plain = url?.protocol === 'https:' && url.username === '' && url.password === '';
  if (text.includes('@') && !plain) {
    return {
      message: `${what} holds a user or password`,
      why: 'It would be in dist in plain text.',
      help: 'Give the URL without them; keys and passwords are secrets.',
    };
  }
  if (/[?#]/.test(text)) {
    return { message: `${what} has a query or fragment`, why: 'Paths are appended to it.', help: 'Give the base URL.' };
  }
  if (plain && /^https:\/\/\S+$/.test(text)) return undefined;
  return { message: `${what} "${text}" is not an https URL`, help: 'Write it as https://host/path.' };
}
