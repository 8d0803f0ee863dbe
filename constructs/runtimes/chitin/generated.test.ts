import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const sources = new URL('../../../runtime/src/', import.meta.url);

/** Whether their text is what those make of it, `npm test` in runtime/ says, where zod is installed. */
test.each(['config-types.ts', 'config.schema.json'])(
  '%s was made from the configuration that the runtime has',
  (name) => {
    const texts = ['config.ts', 'schema.ts'].map((source) => readFileSync(new URL(source, sources)));
    const digest = createHash('sha256').update(Buffer.concat(texts)).digest('hex');
    const [, said] = /sha256 ([0-9a-f]{64})\./.exec(readFileSync(new URL(name, import.meta.url), 'utf8')) ?? [];
    expect(said, 'stale: npm run schema, in runtime/').toBe(digest);
  },
);
