/**
 * Loaded before the program (`--import`): puts a channel whose service takes idempotency keys in the place of Telegram, which
 * takes none; and writes the URL of every module that is loaded to the file in $RUNTIME_TEST_MODULES.
 */
import { appendFileSync } from 'node:fs';
import { registerHooks } from 'node:module';

const modules = process.env.RUNTIME_TEST_MODULES;
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === './channel-telegram.ts' && process.env.RUNTIME_TEST_KEYED !== undefined
      ? { url: new URL('testing-keyed-channel.ts', import.meta.url).href, shortCircuit: true }
      : next(specifier, context),
  load: (url, context, next) => {
    if (modules !== undefined) appendFileSync(modules, `${url}\n`);
    return next(url, context);
  },
});
