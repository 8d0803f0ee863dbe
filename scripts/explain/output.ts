import { createColors } from 'picocolors';
import type { Explained, Explanation, Line } from './explain.ts';

// picocolors itself also colours for CI, into files too.
const plain = Boolean(process.env.NO_COLOR);
const onStdout = createColors(process.stdout.isTTY === true && !plain);
const onStderr = createColors(process.stderr.isTTY === true && !plain);

/** Widest column that others are aligned to; longer text just moves its own line. */
const widest = 56;

/** One line of the table: the part, why it is there, where that was said, and more lines below. */
type Row = readonly [what: string, because: string, source: Line | undefined, details: readonly string[]];

/** The result for people: a note on stderr where an argument means several objects, the objects on stdout. */
export function printText({ objects, several }: Explained): void {
  for (const { text, count } of several)
    console.error(`${text} means ${count} objects; --namespace, --cluster or the file narrows it\n`);
  if (objects.length > 0) console.log(objects.map(textOf).join('\n\n'));
}

function textOf({ file, object, source, path, purpose, parts, findings }: Explanation): string {
  const rows: Row[] = [
    ...parts.map(({ what, because, source, details }): Row => [what, because, source, details]),
    ...findings.map(
      ({ rule, message, accepted }): Row =>
        accepted
          ? [`accepted ${rule}`, accepted.because, accepted.source, [message]]
          : [`finding ${rule}`, message, undefined, []],
    ),
  ];
  const width = (column: 0 | 1) =>
    Math.max(0, ...rows.map((row) => row[column].length).filter((length) => length <= widest));
  const [first, second] = [width(0), width(1)];
  const lines = rows.flatMap(([what, because, line, details]) => [
    `  ${what.padEnd(first)}  ${line ? `${because.padEnd(second)}  ${onStdout.dim(lineText(line))}` : because}`,
    ...details.map((detail) => `    ${onStdout.dim(detail)}`),
  ]);
  const from = source ? `from ${onStdout.cyan(lineText(source))}  ${path}` : path;
  return [
    `${onStdout.bold(file)}  ${object}`,
    `  ${from}`,
    ...(purpose === undefined ? [] : [`  ${purpose}`]),
    ...lines,
  ].join('\n');
}

function lineText({ file, line }: Line): string {
  return `${file}:${line}`;
}

/** The result for programs. */
export function printJson({ objects, broken }: Explained): void {
  console.log(JSON.stringify({ objects, broken }, null, 2));
}

/** Clusters that nothing can be said about. */
export function printBroken(broken: Explained['broken']): void {
  for (const { cluster, errors } of broken) {
    console.error(
      `${onStderr.red('error')} cluster ${cluster} cannot be explained as long as it has errors: there ${errors === 1 ? 'is 1' : `are ${errors}`}\n  Run chitin synth ${cluster}: it shows them.`,
    );
  }
}
