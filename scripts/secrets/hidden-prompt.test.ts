import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { hiddenPrompt } from './hidden-prompt.ts';

/** A terminal that somebody types into, chunk by chunk. */
function terminal(...chunks: readonly (string | Buffer)[]) {
  const modes: boolean[] = [];
  const keyboard = Object.assign(new EventEmitter(), {
    setRawMode: (raw: boolean) => modes.push(raw),
    resume: () => {
      for (const chunk of chunks) setImmediate(() => keyboard.emit('data', Buffer.from(chunk)));
    },
    pause: () => {},
  });
  let shown = '';
  const value = hiddenPrompt('token (of the bot)', keyboard, { write: (text) => (shown += text) });
  return { value, modes, shown: () => shown, listeners: () => keyboard.listenerCount('data') };
}

test('what is typed is not shown, not even how long it is', async () => {
  const { value, modes, shown, listeners } = terminal('s3', 'cr', 'et', '\r');
  expect(await value).toBe('s3cret');
  expect(shown()).toBe('token (of the bot) (hidden): \u001b[?2004h\u001b[?2004l\n');
  expect(modes).toEqual([true, false]);
  expect(listeners()).toBe(0);
});

test('backspace, Ctrl-U and characters that come in parts', async () => {
  expect(await terminal('aXé🔑', '\u007f', '\b\b', 'b\n').value).toBe('ab');
  expect(await terminal('wrong', '\u0015', 'right\n').value).toBe('right');
  const [first, second] = [Buffer.from('é').subarray(0, 1), Buffer.from('é').subarray(1)];
  expect(await terminal(first, second, '\n').value).toBe('é');
});

test('pasted text may have several lines', async () => {
  expect(await terminal('\u001b[200~one\rtwo\nthree\u001b[201~', '\r').value).toBe('one\ntwo\nthree');
});

test('several lines without the marks of a paste are refused, since the rest would go to the shell', async () => {
  const { value, modes, shown } = terminal('one\ntwo\n');
  await expect(value).rejects.toThrow(
    'the value has several lines; give it by --from-file or on stdin. Nothing was changed',
  );
  expect(modes).toEqual([true, false]);
  expect(shown()).not.toMatch(/one|two/);
});

test('Ctrl-C and Ctrl-D give it up', async () => {
  for (const key of ['\u0003', '\u0004']) {
    const { value, modes } = terminal('half', key);
    await expect(value).rejects.toThrow('given up; nothing was changed');
    expect(modes).toEqual([true, false]);
  }
});
