/** Puts the releases of OpenClaw that are tried into `OPENCLAW_CACHE`, and says where each is; 1 where npm cannot. */
import { versions } from '../../constructs/runtimes/openclaw/testing/cases.ts';
import { program } from './packages.ts';

try {
  for (const version of versions) console.log(await program(version));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
