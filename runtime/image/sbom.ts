/**
 * Completes the bill of materials that `npm sbom` makes (CycloneDX 1.5) with Node and Debian's packages, and takes out what
 * differs between two runs: `sbom.ts FILE FOLDER`, where FOLDER has one entry of dpkg's list per package.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Component {
  readonly 'bom-ref': string;
  readonly [key: string]: unknown;
}
interface Bom {
  serialNumber?: string;
  readonly metadata: { timestamp?: string; [key: string]: unknown };
  components: Component[];
  dependencies: { ref: string; dependsOn?: string[] }[];
  [key: string]: unknown;
}

const [, , file = '', folder = ''] = process.argv;
const bom: Bom = JSON.parse(readFileSync(file, 'utf8'));
delete bom.serialNumber;
delete bom.metadata.timestamp;

const debian = readdirSync(folder).map((entryFile): Component => {
  const entry = readFileSync(join(folder, entryFile), 'utf8');
  const field = (name: string) => new RegExp(`^${name}: (.+)$`, 'm').exec(entry)?.[1];
  const [name, version, architecture] = [field('Package'), field('Version'), field('Architecture')];
  if (name === undefined || version === undefined || architecture === undefined)
    throw new Error(`${entryFile} is no entry of dpkg's list`);
  const purl = `pkg:deb/debian/${name}@${encodeURIComponent(version)}?arch=${architecture}`;
  return { 'bom-ref': purl, type: 'library', name, version, purl };
});
const version = process.version.slice(1);
const node: Component = {
  'bom-ref': `pkg:generic/node@${version}`,
  type: 'application',
  name: 'node',
  version,
  purl: `pkg:generic/node@${version}`,
  cpe: `cpe:2.3:a:nodejs:node.js:${version}:*:*:*:*:*:*:*`,
  licenses: [{ license: { id: 'MIT' } }],
};

const before = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
bom.components = [...bom.components, node, ...debian].toSorted((a, b) => before(a['bom-ref'], b['bom-ref']));
bom.dependencies = bom.dependencies
  .map((entry) => ({ ...entry, ...(entry.dependsOn && { dependsOn: entry.dependsOn.toSorted(before) }) }))
  .toSorted((a, b) => before(a.ref, b.ref));
process.stdout.write(`${JSON.stringify(bom, null, 1)}\n`);
