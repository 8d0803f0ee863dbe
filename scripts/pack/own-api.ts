import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { apiDocument, publicApi } from './api.ts';
import { compile, entry } from './compile.ts';

/** The document about this repository's library as it stands. */
export function ownApiDocument(): string {
  const folder = mkdtempSync(join(tmpdir(), 'chitin-api-'));
  try {
    compile(folder);
    return apiDocument(publicApi(entry, (file) => readFileSync(join(folder, file), 'utf8')));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
