// Puts the configuration onto the state volume before OpenClaw starts.
// Arguments: the mode (seed, merge, overwrite), the mounted file, and the file that OpenClaw reads and writes.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

const [mode, source, target] = process.argv.slice(2);

const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Ours wins key by key; a list is one value. */
function merged(theirs, ours) {
  if (!isObject(theirs) || !isObject(ours)) return ours;
  const keys = [...new Set([...Object.keys(theirs), ...Object.keys(ours)])];
  return Object.fromEntries(
    keys.map((key) => {
      if (!Object.hasOwn(ours, key)) return [key, theirs[key]];
      return [key, Object.hasOwn(theirs, key) ? merged(theirs[key], ours[key]) : ours[key]];
    }),
  );
}

/** What OpenClaw wrote; its content is not repeated, since it may hold what a person typed there. */
function existing() {
  try {
    return JSON.parse(readFileSync(target, 'utf8'));
  } catch {
    console.error(`${target} is not JSON, so nothing is merged into it. Mend it, or remove it to start anew.`);
    process.exit(1);
  }
}

function write(text) {
  writeFileSync(`${target}.new`, text, { mode: 0o600 });
  renameSync(`${target}.new`, target);
}

const ours = readFileSync(source, 'utf8');
if (mode === 'overwrite' || !existsSync(target)) write(ours);
else if (mode === 'merge') write(`${JSON.stringify(merged(existing(), JSON.parse(ours)), null, 2)}\n`);
else if (mode !== 'seed') throw new Error(`unknown mode ${mode}`);
