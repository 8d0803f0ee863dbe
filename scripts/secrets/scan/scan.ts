import { type Allowed, type AllowList, allows, entryFor } from './allow-list.ts';
import { masked } from './found.ts';
import { kubernetesValues } from './kubernetes-values.ts';
import { knownSecrets } from './rule-set.ts';
import type { Text } from './texts.ts';

/** What may be a secret in plain text, as output shows it: never with its value. */
export interface ScanFinding {
  readonly id: string;
  readonly path: string;
  readonly line: number;
  readonly commit?: string | undefined;
  readonly field?: string | undefined;
  /** The characters that say of which kind it is. */
  readonly begins?: string | undefined;
  /** The entry of the allow-list for it, which wants a reason. */
  readonly allow: Omit<Allowed, 'reason'>;
}

/** The outcome of a scan. */
export interface Scanned {
  readonly files: number;
  readonly findings: readonly ScanFinding[];
  readonly allowed: number;
  /** Entries of the allow-list that allow nothing of what was looked at. */
  readonly unused: readonly Allowed[];
}

/** What a scan looks for in a text. */
export interface Look {
  readonly tokens: boolean;
  readonly objects: boolean;
}

/** Looks at texts one after the other. */
export async function scanTexts(
  texts: readonly { readonly text: Text; readonly look: Look }[],
  { entries }: AllowList,
): Promise<Scanned> {
  const findings = new Map<string, ScanFinding>();
  const used = new Set<Allowed>();
  let allowed = 0;
  for (const { text, look } of texts) {
    const known = look.tokens ? await knownSecrets(text.path, text.text) : [];
    // A word that is a known token already needs no second finding.
    const objects = look.objects && isStructured(text.path) ? kubernetesValues(text.text) : [];
    const values = objects.filter(({ value }) => value === '' || !known.some((each) => overlaps(each.value, value)));
    for (const found of [...known, ...values]) {
      const entry = entries.find((each) => allows(each, text.path, found));
      if (entry) {
        used.add(entry);
        allowed++;
        continue;
      }
      const line = text.lines?.[found.line - 1] ?? found.line;
      const allow = entryFor(text.path, found);
      const key = [found.id, text.path, text.commit, allow.value ?? `${found.field}`].join('\0');
      if (findings.has(key)) continue;
      findings.set(key, {
        id: found.id,
        path: text.path,
        line,
        commit: text.commit,
        field: found.field,
        begins: found.value === '' ? undefined : masked(found.value),
        allow,
      });
    }
  }
  const files = new Set(texts.map(({ text }) => text.path)).size;
  const unused = entries.filter((entry) => !used.has(entry));
  return { files, findings: [...findings.values()], allowed, unused };
}

function isStructured(path: string): boolean {
  return /\.(ya?ml|json)$/.test(path);
}

function overlaps(a: string, b: string): boolean {
  return a.includes(b) || b.includes(a);
}
