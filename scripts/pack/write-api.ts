import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ownApiDocument } from './own-api.ts';
import { repository } from './package-files.ts';

writeFileSync(join(repository, 'docs/api.md'), ownApiDocument());
