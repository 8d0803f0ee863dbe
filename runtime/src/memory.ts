import { open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { defineTool, type Toolbox } from './tool.ts';
import { untrusted } from './untrusted.ts';

interface Note {
  readonly id: number;
  readonly origin: string;
  readonly text: string;
}

// `- [3] (operator telegram:42, 2026-11-22) text`
const line = /^- \[(\d+)\] \(([^)]*)\) (.*)$/;
const operatorLine = /^operator\b/;

/**
 * What the agent keeps between conversations: `MEMORY.md` in the state folder, one note a line. The program, not the model,
 * writes where a note comes from. Notes of a run that saw nobody's words but the operator's, and lines that somebody wrote
 * by hand, are instructions; the others are data.
 */
export async function openMemory(
  state: string,
  { maxBytes }: { maxBytes: number },
  now: () => Date = () => new Date(),
): Promise<Toolbox> {
  const file = join(state, 'MEMORY.md');
  // Runs share the file: one change at a time.
  let last: Promise<unknown> = Promise.resolve();
  const change = <T>(work: () => Promise<T>): Promise<T> => {
    const result = last.then(work);
    last = result.catch(() => {});
    return result;
  };

  const remember = defineTool({
    name: 'remember',
    description: 'Keeps one short note for later conversations.',
    input: z.strictObject({ text: z.string().min(1).max(1000) }),
    run: ({ text }, { message, tainted }) =>
      change(async () => {
        const notes = await read(file);
        const words = text.replace(/\s+/g, ' ').trim();
        // A repeated run says the same again.
        const same = notes.find((note) => note.text === words);
        if (same !== undefined) return `kept already as note ${same.id}`;
        const id = Math.max(0, ...notes.map((note) => note.id)) + 1;
        const who = `${tainted ? 'data' : 'operator'} ${message.channel}:${message.sender}`.replace(/[()\r\n]/g, '_');
        const next = [...notes, { id, origin: `${who}, ${now().toISOString().slice(0, 10)}`, text: words }];
        if (Buffer.byteLength(print(next)) > maxBytes)
          throw new Error(`the memory is full (${maxBytes} bytes): forget a note first`);
        await write(file, next);
        return `kept as note ${id}`;
      }),
  });

  const forget = defineTool({
    name: 'forget',
    description: 'Drops a note by its number.',
    input: z.strictObject({ note: z.int().min(1) }),
    run: ({ note }, { tainted }) =>
      change(async () => {
        const notes = await read(file);
        const found = notes.find(({ id }) => id === note);
        if (found === undefined) throw new Error(`there is no note ${note}`);
        // Else a web page could talk the agent out of what the operator told it.
        if (tainted && operatorLine.test(found.origin))
          throw new Error('a note of the operator can be dropped only on the operator’s own words');
        await write(
          file,
          notes.filter(({ id }) => id !== note),
        );
        return 'dropped';
      }),
  });

  return {
    tools: () => [remember, forget],
    prompt: async () => {
      const notes = await read(file);
      const own = notes.filter(({ origin }) => operatorLine.test(origin));
      const others = notes.filter(({ origin }) => !operatorLine.test(origin));
      return [
        ...(own.length === 0 ? [] : [`What the operator asked you to remember:\n${print(own)}`]),
        ...(others.length === 0 ? [] : [`What you noted from other sources:\n${untrusted('memory', print(others))}`]),
      ].join('\n');
    },
  };
}

async function read(file: string): Promise<Note[]> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  const notes: Note[] = [];
  for (const written of text.split('\n')) {
    const [, id, origin, words] = line.exec(written) ?? [];
    if (id !== undefined && origin !== undefined && words !== undefined)
      notes.push({ id: Number(id), origin, text: words });
    // No note has a line end, so whoever wrote a line of another form had the file in their hands.
    else if (written.trim() !== '')
      notes.push({
        id: Math.max(0, ...notes.map((note) => note.id)) + 1,
        origin: 'operator by hand',
        text: written.trim(),
      });
  }
  return notes;
}

function print(notes: readonly Note[]): string {
  return notes.map(({ id, origin, text }) => `- [${id}] (${origin}) ${text}\n`).join('');
}

async function write(file: string, notes: readonly Note[]): Promise<void> {
  const handle = await open(`${file}.tmp`, 'w', 0o600);
  try {
    await handle.writeFile(print(notes));
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(`${file}.tmp`, file);
}
