import type { Command } from 'commander';
import { choice, type Given, privateCommand } from '../private-command.ts';

interface Flags {
  readonly range?: string;
  readonly format: 'text' | 'json';
}

/** `chitin secrets scan`. */
export function scanCommand(): Command {
  return privateCommand<Flags>('scan', { '[path...]': 'files and folders (apps, clusters, dist and skills)' }, scan)
    .description(
      'Find secrets in plain text: tokens and keys of known shapes, values in Secrets, random text in ConfigMaps and variables.',
    )
    .option('--range <A..B>', 'look at what the commits of a Git range add, in all files')
    .addOption(choice('--format <format>', 'how to report', ['text', 'json'], 'text'))
    .addHelpText(
      'after',
      '\nExamples:\n  chitin secrets scan\n  chitin secrets scan --range origin/main..HEAD\n\nWhat is no secret is listed in allowed-secrets.yaml, with a reason; --format json gives the entry.\n',
    );
}

async function scan({ args, flags: { range, format } }: Given<Flags>): Promise<void> {
  const { resolve } = await import('node:path');
  const { UsageError } = await import('../../usage-error.ts');
  const { repositoryHere } = await import('../cluster-secrets.ts');
  const { readFile } = await import('../files.ts');
  const { allowListFile, parseAllowList } = await import('../scan/allow-list.ts');
  const { scanTexts } = await import('../scan/scan.ts');
  const { defaultPaths, isDefaultPath, textsBelow } = await import('../scan/texts.ts');
  if (range !== undefined && args.length > 0)
    throw new UsageError('secrets scan: --range and paths exclude each other');
  const repository = repositoryHere();
  const list = parseAllowList(readFile(repository, allowListFile));
  let skipped: readonly string[] = [];
  const texts = [];
  if (range === undefined) {
    const paths = args.length > 0 ? args.map((path) => resolve(path)) : defaultPaths(repository);
    const below = textsBelow(repository, paths);
    skipped = below.skipped;
    texts.push(...below.texts.map((text) => ({ text, look: { tokens: true, objects: true } })));
  } else {
    const { textsOfRange } = await import('../scan/git-range.ts');
    const { added, whole } = await textsOfRange(repository, range);
    texts.push(...added.map((text) => ({ text, look: { tokens: true, objects: false } })));
    texts.push(...whole.map((text) => ({ text, look: { tokens: false, objects: true } })));
  }
  const scanned = await scanTexts(texts, list);
  // A part of the files, or of the history, does not have to need every entry.
  const unused =
    range === undefined && args.length === 0 ? scanned.unused.filter(({ path }) => isDefaultPath(path)) : [];
  const errors = [
    ...list.errors,
    ...unused.map(
      ({ rule, path }) => `${allowListFile}: the entry for ${rule} in ${path} allows nothing that is there`,
    ),
  ];
  const wrong = scanned.findings.length + errors.length;
  if (format === 'json') {
    console.log(
      JSON.stringify(
        { files: scanned.files, findings: scanned.findings, allowed: scanned.allowed, errors, skipped },
        null,
        2,
      ),
    );
  } else {
    for (const { id, path, line, commit, field, begins } of scanned.findings) {
      const where = `${path}:${line}${commit === undefined ? '' : ` in ${commit.slice(0, 12)}`}`;
      console.log(
        [where, id, ...(begins === undefined ? [] : [begins]), ...(field === undefined ? [] : [field])].join('  '),
      );
    }
    for (const text of errors) console.log(text);
    for (const text of skipped) console.error(`not looked at: ${text}`);
    if (scanned.findings.length > 0)
      console.error(
        'What was committed is public: replace the value where it was issued, then take it out. What is no secret goes into allowed-secrets.yaml with a reason (--format json gives the entry).',
      );
    const count = (number: number, noun: string) => `${number} ${noun}${number === 1 ? '' : 's'}`;
    console.log(
      [
        count(scanned.files, 'file'),
        count(scanned.findings.length, 'finding'),
        ...(scanned.allowed > 0 ? [`${scanned.allowed} allowed`] : []),
      ].join(', '),
    );
  }
  process.exitCode = wrong > 0 ? 1 : 0;
}
