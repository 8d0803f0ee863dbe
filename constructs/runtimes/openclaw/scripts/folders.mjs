// Makes the folders of the state volume, which OpenClaw has to own. Arguments: the folders.
import { mkdirSync } from 'node:fs';

for (const folder of process.argv.slice(2)) mkdirSync(folder, { recursive: true, mode: 0o700 });
