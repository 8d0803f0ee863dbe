// Installs plugins into the state once for each list. Arguments: a file that remembers the list, and the packages.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

const [memory, ...packages] = process.argv.slice(2);
const list = `${packages.join('\n')}\n`;
const done = existsSync(memory) ? readFileSync(memory, 'utf8') : '';

for (const name of packages) {
  if (done.split('\n').includes(name)) continue;
  const { status, error } = spawnSync('openclaw', ['plugins', 'install', `npm:${name}`, '--force', '--pin'], {
    stdio: 'inherit',
  });
  if (error || status !== 0) {
    console.error(`${name} was not installed`);
    process.exit(1);
  }
}
writeFileSync(memory, list);
