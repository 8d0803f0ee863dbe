import type { SealingScope } from '../../../constructs/secrets/sealing-scope.ts';
import type { FileText, Finding, SecretPlace } from '../keeper.ts';
import { expiryProblem, parseCertificate, type SealingCertificate } from './certificate.ts';
import { SealingRecord } from './record.ts';

/** What a cluster says about its sealed values, with the files read. */
export interface SealingOptions {
  /** Name of the cluster, as the commands take it. */
  readonly cluster: string;
  readonly scope: SealingScope;
  /** The pinned certificate; no text when the file is not there. */
  readonly certificate: { readonly path: string; readonly text: string | undefined };
  /** The record (`recordFile`); no text when there is none yet. */
  readonly record: { readonly path: string; readonly text: string | undefined };
  /** When a certificate counts as expired. */
  readonly now: Date;
}

/** The record's file in the folder of a cluster: not in `secrets/`, where each file is a Secret. */
export const recordFile = 'sealed-values.jsonl';

/** A cluster's sealing: its certificate, its scope and its record, which changes keep up to date. */
export interface Sealing extends SealingOptions {
  /** Undefined when none can be read; `findings` says why. */
  readonly usable: SealingCertificate | undefined;
  readonly lines: SealingRecord;
  /** What is wrong with the certificate and the record, which is so for every file of the cluster. */
  readonly findings: readonly Finding[];
}

export function sealingOf(options: SealingOptions): Sealing {
  const { certificate, record, now } = options;
  const findings: Finding[] = [];
  let usable: SealingCertificate | undefined;
  if (certificate.text === undefined) {
    findings.push({
      kind: 'missing',
      message: `there is no ${certificate.path}`,
      why: 'Values are sealed for the certificate of the controller, and checked against it.',
      help: `Fetch it, and compare its fingerprint: chitin secrets cert pull ${options.cluster}`,
    });
  } else {
    const parsed = parseCertificate(certificate.path, certificate.text);
    usable = parsed.certificate;
    if (parsed.problem) findings.push({ kind: 'damaged', ...parsed.problem });
    const expired = usable && expiryProblem(certificate.path, usable, now);
    if (expired) findings.push({ kind: 'expired', ...expired });
  }
  const lines = new SealingRecord(record.text);
  if (lines.unreadable.length > 0) {
    findings.push({
      kind: 'damaged',
      message: `${record.path}: not lines of a record: ${lines.unreadable.join(', ')}`,
      why: 'What they said is not known any more.',
      help: 'Take back what was changed by hand. After a merge keep the lines of both sides: of two for one value that which fits its ciphertext counts.',
    });
  }
  return { ...options, usable, lines, findings };
}

/** The record as it is now, to be written with the files that it is about. */
export function recordText({ record, lines }: Sealing): FileText {
  return { path: record.path, text: lines.format() };
}

/** How a person gives a value again. */
export function setCommand({ cluster }: Sealing, { namespace, name }: SecretPlace, key: string): string {
  return `chitin secrets set ${cluster} ${namespace}/${name} ${key}`;
}
