import { StringDecoder } from 'node:string_decoder';
import { UsageError } from '../usage-error.ts';

/** The part of a terminal that a prompt reads from. */
export interface Keyboard {
  setRawMode(raw: boolean): unknown;
  on(event: 'data', listener: (data: Buffer) => void): unknown;
  off(event: 'data', listener: (data: Buffer) => void): unknown;
  resume(): unknown;
  pause(): unknown;
}

/** Bracketed paste (xterm, `ctlseqs`): the terminal marks pasted text, whose newlines then do not end the input. */
const pasteOn = '\u001b[?2004h';
const pasteOff = '\u001b[?2004l';
const pasteStart = '\u001b[200~';
const pasteEnd = '\u001b[201~';

/**
 * Asks for a value and shows nothing of it, not even how long it is. Pasted text may have several lines.
 *
 * @throws UsageError when it is given up (Ctrl-C, Ctrl-D)
 */
export function hiddenPrompt(
  question: string,
  keyboard: Keyboard,
  screen: { write(text: string): unknown },
): Promise<string> {
  const decoder = new StringDecoder('utf8');
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let value = '';
  let pasting = false;
  const end = (settle: () => void) => {
    keyboard.off('data', read);
    keyboard.setRawMode(false);
    keyboard.pause();
    screen.write(`${pasteOff}\n`);
    settle();
  };
  const read = (data: Buffer) => {
    let rest = decoder.write(data);
    while (rest !== '') {
      if (rest.startsWith(pasteStart) || rest.startsWith(pasteEnd)) {
        pasting = rest.startsWith(pasteStart);
        rest = rest.slice(pasteStart.length);
        continue;
      }
      const [character = ''] = rest;
      rest = rest.slice(character.length);
      if (pasting) value += character === '\r' ? '\n' : character;
      else if (character === '\r' || character === '\n') {
        // Terminals without bracketed paste: the rest would go to the shell, and into its history.
        if (rest !== '')
          return end(() =>
            reject(
              new UsageError('the value has several lines; give it by --from-file or on stdin. Nothing was changed'),
            ),
          );
        return end(() => resolve(value));
      } else if (character === '\u0003' || character === '\u0004') {
        return end(() => reject(new UsageError('given up; nothing was changed')));
      } else if (character === '\u007f' || character === '\b') value = [...value].slice(0, -1).join('');
      else if (character === '\u0015') value = '';
      else value += character;
    }
  };
  // First of all, since the terminal itself shows what is typed until then.
  keyboard.setRawMode(true);
  screen.write(`${question} (hidden): ${pasteOn}`);
  keyboard.on('data', read);
  keyboard.resume();
  return promise;
}
