import { execa } from 'execa';
import type { SecretPlace, Values } from '../keeper.ts';
import { requireRecipient } from './data-key.ts';
import { embeddedEngine } from './embedded.ts';
import type { SopsEngine, SopsSurroundings } from './engine.ts';
import { encryptedRegex, parseSecretDocument, type ValueField } from './secret-document.ts';
import { SopsError } from './sops-error.ts';
import { encodeValue, requireSecretValues } from './value-encoding.ts';

/**
 * The sops program, 3.13 or newer, as far as it works on standard input and output alone: it makes a new file (`sops encrypt`)
 * and reads one (`sops decrypt`).
 *
 * The rest is done by the embedded implementation: `sops set`, `sops unset`, `sops rotate` and `sops updatekeys` need the path
 * of a file, and `/dev/stdin` is none when the input is a socket, as Node makes it; `sops edit` puts the values into a
 * temporary file. So is reading with a key of SOPS_AGE_KEY, which is not passed on to any program.
 */
export function programEngine(
  surroundings: SopsSurroundings,
  env: Readonly<Record<string, string | undefined>>,
): SopsEngine {
  const embedded = embeddedEngine(surroundings);
  /** Where the program finds the keys itself; no key is among these. */
  const places = ['PATH', 'HOME', 'XDG_CONFIG_HOME', 'AppData', 'APPDATA', 'SystemRoot', 'SOPS_AGE_KEY_FILE'];
  const inherited = Object.fromEntries(places.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));
  const run = async (path: string, command: string, args: readonly string[], input: string): Promise<string> => {
    // No .sops.yaml has a say: what is encrypted, and for whom, is said here.
    const { stdout, exitCode } = await execa('sops', ['--config', nullDevice, command, ...args], {
      env: inherited,
      extendEnv: false,
      input,
      stripFinalNewline: false,
      reject: false,
      // NODE_DEBUG=execa would otherwise print what goes in and out.
      verbose: 'none',
    });
    if (exitCode === 0) return stdout;
    throw failure(path, command, exitCode);
  };

  return {
    ...embedded,
    name: 'sops',
    create: async (place, values, recipients) => {
      const { path } = place;
      requireSecretValues(path, values);
      for (const recipient of recipients) requireRecipient(recipient);
      const args = ['--input-type', 'yaml', '--output-type', 'yaml', '--filename-override', path];
      args.push('--encrypted-regex', encryptedRegex, '--age', [...new Set(recipients)].join(','));
      return await run(path, 'encrypt', args, plainSecret(place, values));
    },
    open: async (file) => {
      if (!surroundings.identities().inFiles) return await embedded.open(file);
      // What is not supported is refused whoever does the work.
      parseSecretDocument(file);
      const args = ['--input-type', 'yaml', '--output-type', 'json'];
      try {
        return jsonValues(file.path, await run(file.path, 'decrypt', args, file.text));
      } catch (error) {
        // It fails too, and says why in words that hold no value.
        await embedded.open(file);
        throw error;
      }
    },
  };
}

const nullDevice = process.platform === 'win32' ? 'NUL' : '/dev/null';

/** The Secret before it is encrypted: JSON strings, which every reader of YAML takes as they are. It exists in a pipe alone. */
function plainSecret({ namespace, name, type }: SecretPlace, values: Values): string {
  const encoded = [...values].map(([key, bytes]) => ({ key, ...encodeValue(bytes) }));
  const block = (field: ValueField) => {
    const own = encoded.filter((value) => value.field === field);
    const lines = own.map(({ key, bytes }) => `  ${quoted(key)}: ${quoted(Buffer.from(bytes).toString())}`);
    return own.length === 0 ? [] : [`${field}:`, ...lines];
  };
  const head = ['apiVersion: v1', 'kind: Secret', 'metadata:', `  name: ${quoted(name)}`];
  head.push(`  namespace: ${quoted(namespace)}`, ...(type === undefined ? [] : [`type: ${quoted(type)}`]));
  return `${[...head, ...block('stringData'), ...block('data')].join('\n')}\n`;
}

/** go-yaml takes no surrogates by escape, and these characters by escape only. */
function quoted(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function jsonValues(path: string, json: string): Values {
  try {
    const { data, stringData } = JSON.parse(json) as Record<ValueField, Record<string, unknown> | undefined>;
    const from = (fields: Record<string, unknown> | undefined, encoding: BufferEncoding) =>
      Object.entries(fields ?? {}).map(([key, value]) => [key, Buffer.from(String(value), encoding)] as const);
    return new Map([...from(data, 'base64'), ...from(stringData, 'utf8')]);
  } catch {
    // The parser's message would quote the values.
    throw new SopsError('program', {
      message: `${path}: sops decrypt wrote what is not JSON`,
      help: 'Set CHITIN_SOPS=embedded, or try another version of sops.',
    });
  }
}

/** The status alone: the messages of sops quote what does not open. */
function failure(path: string, command: string, exitCode: number | undefined): SopsError {
  return new SopsError('program', {
    message: `${path}: sops ${command} ${exitCode === undefined ? 'could not be run' : `failed with status ${exitCode}`}`,
    why: 'What sops wrote is not shown, since it may hold values.',
    help: 'Set CHITIN_SOPS=embedded, which says more, or try another version of sops.',
  });
}
