/**
 * Makes the bill of materials (CycloneDX 1.5): `sbom.ts FILE FOLDER`. FILE is what `npm sbom` says of everything in the lockfile,
 * of which production's part is taken; `npm sbom --omit=dev` leaves out whatever a development dependency needs too. FOLDER
 * has one entry of dpkg's list per package of Debian. What differs between two runs is taken out.
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

interface Lock {
  readonly name: string;
  readonly version: string;
  readonly packages: Readonly<Record<string, { readonly version: string; readonly dev?: boolean }>>;
}

const [, , file = '', folder = ''] = process.argv;
const bom: Bom = JSON.parse(readFileSync(file, 'utf8'));
delete bom.serialNumber;
delete bom.metadata.timestamp;

const lock: Lock = JSON.parse(readFileSync('package-lock.json', 'utf8'));
const shipped = new Set([
  `${lock.name}@${lock.version}`,
  ...Object.entries(lock.packages).flatMap(([path, { version, dev = false }]) =>
    path === '' || dev ? [] : [`${path.slice(path.lastIndexOf('node_modules/') + 13)}@${version}`],
  ),
]);

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
const npm = bom.components.filter((component) => shipped.has(component['bom-ref']));
bom.components = [...npm, node, ...debian].toSorted((a, b) => before(a['bom-ref'], b['bom-ref']));
bom.dependencies = bom.dependencies
  .filter(({ ref }) => shipped.has(ref))
  .map(({ ref, dependsOn = [] }) => ({
    ref,
    dependsOn: dependsOn.filter((each) => shipped.has(each)).toSorted(before),
  }))
  .toSorted((a, b) => before(a.ref, b.ref));
process.stdout.write(`${JSON.stringify(bom, null, 1)}\n`);
