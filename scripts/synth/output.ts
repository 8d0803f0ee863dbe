import { createColors } from 'picocolors';
import type { Shown } from './cluster-output.ts';
import type { SynthResult } from './synth.ts';

// picocolors itself also colours for CI, into files too.
const plain = Boolean(process.env.NO_COLOR);
const onStdout = createColors(process.stdout.isTTY === true && !plain);
const onStderr = createColors(process.stderr.isTTY === true && !plain);

/** Longest list of changed files that is shown whole. */
const shownFiles = 40;

/** The result for people: findings and errors on stderr, the rest on stdout. */
export function printText(
  { clusters, errors, findings, accepted, changes }: SynthResult,
  options: { readonly check: boolean; readonly out: string },
): void {
  const wrong = together(errors);
  for (const text of wrong) console.error(`${onStderr.red('error')} ${text}\n`);
  if (wrong.length > 0) {
    console.error(`${count(wrong.length, 'error')}. Nothing was written.`);
    return;
  }
  const found = together(findings);
  for (const text of found) console.error(`${onStderr.yellow('finding')} ${text}\n`);
  if (!changes) {
    console.error(`${count(found.length, 'finding')}, and --strict allows none. Nothing was written.`);
    return;
  }
  for (const { name, objects, apps } of clusters)
    console.log(`${name}  ${count(objects, 'object')}, ${count(apps, 'app')}`);
  const lines = [
    ...changes.added.map((file) => `  ${onStdout.green('+')} ${file}`),
    ...changes.changed.map((file) => `  ${onStdout.yellow('~')} ${file}`),
    ...changes.removed.map((file) => `  ${onStdout.red('-')} ${file}`),
  ];
  for (const line of lines.slice(0, shownFiles)) console.log(line);
  if (lines.length > shownFiles) console.log(`  … and ${lines.length - shownFiles} more`);
  for (const file of changes.foreign)
    console.error(
      `${onStderr.yellow('finding')} ${options.out}/${file}\n  this file is not generated, and would be applied with the others\n  Move it out of the folder.\n`,
    );
  console.log(summary(lines.length, changes.unchanged, options));
  const notes = [
    found.length > 0 ? count(found.length, 'finding') : '',
    accepted > 0 ? `${accepted} accepted in source` : '',
  ].filter((note) => note !== '');
  if (notes.length > 0) console.log(notes.join(', '));
}

/** Texts, where the same mistake in an app of several clusters is one, with all their paths. */
function together(items: readonly Shown[]): string[] {
  const paths = new Map<string, Set<string>>();
  for (const { path, text } of items) {
    const [where = '', ...rest] = text.split('\n');
    const place = path === undefined ? where : where.slice(0, -path.length);
    const key = [place, ...rest].join('\n');
    paths.set(key, (paths.get(key) ?? new Set()).add(path ?? ''));
  }
  return [...paths].map(([key, all]) => key.replace('\n', () => `${[...all].join(', ')}\n`));
}

function summary(
  changed: number,
  unchanged: number,
  { check, out }: { readonly check: boolean; readonly out: string },
): string {
  if (changed === 0) return `${out} is up to date (${count(unchanged, 'file')})`;
  if (check)
    return `${out} is stale: ${changed === 1 ? '1 file differs' : `${changed} files differ`} from the source. Run synth and commit the result.`;
  return `${out}: ${count(changed, 'file')} written or removed, ${unchanged} unchanged`;
}

/** The result for programs. */
export function printJson(result: SynthResult): void {
  console.log(JSON.stringify(result, null, 2));
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
