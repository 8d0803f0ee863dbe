import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { assemble } from './assemble.ts';
import { repository } from './package-files.ts';

/** What `npm pack --json` says. */
interface Packed {
  readonly filename: string;
  readonly size: number;
  readonly unpackedSize: number;
  readonly entryCount: number;
}

const build = join(repository, 'build');
const folder = join(build, 'package');
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
for (const old of readdirSync(build).filter((name) => name.endsWith('.tgz'))) rmSync(join(build, old));
assemble(folder);
const args = ['pack', '--json', '--pack-destination', build];
const [packed] = JSON.parse(execFileSync('npm', args, { cwd: folder, encoding: 'utf8' })) as [Packed];
const kilobytes = (bytes: number) => `${Math.round(bytes / 1000)} kB`;
console.log(
  `build/${packed.filename}: ${packed.entryCount} files, ${kilobytes(packed.size)} packed, ${kilobytes(packed.unpackedSize)} unpacked`,
);
