import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { text } from 'node:stream/consumers';

/** Writes like `synth`, and kills itself just before the n-th call that changes the file system. */
const { out, wanted, call } = JSON.parse(await text(process.stdin)) as {
  out: string;
  wanted: [string, string][];
  call: number;
};
let calls = 0;
const names = ['mkdirSync', 'writeFileSync', 'renameSync', 'rmSync'] as const;
for (const name of names) {
  const real = fs[name] as (...args: unknown[]) => unknown;
  Object.assign(fs, {
    [name]: (...args: unknown[]) => {
      if (++calls === call) {
        // A write that was cut short, which only a file under a temporary name may be.
        if (name === 'writeFileSync') real(args[0], String(args[1]).slice(0, 5));
        process.kill(process.pid, 'SIGKILL');
      }
      return real(...args);
    },
  });
}
syncBuiltinESMExports();
const { compare, write } = await import('../dist.ts');
const files = new Map(wanted);
write(out, ['lab'], files, compare(out, ['lab'], files));
