import { Size } from 'cdk8s';
import type { ConfigFolder, ContainerPlan, Mount, SharedDir, User } from '../agent/plan.ts';
import type { Image } from '../images.ts';
import type { SecretRef } from '../secrets/secret.ts';

/** A configuration file that holds secrets, made in the pod's memory before the program starts. */
export interface RenderedConfig {
  /** Writes the file. The program's own containers get no secret in their environment. */
  readonly init: ContainerPlan;
  /** Holds the template and the script. */
  readonly folder: ConfigFolder;
  /** Holds the file. */
  readonly shared: SharedDir;
  /** The file, for the program's container. */
  mount(path: string): Mount;
}

/** What stands in a template for the secret of a variable. */
export function mark(variable: string): string {
  return `@@${variable}@@`;
}

/**
 * For programs that take secrets from their configuration file and from nothing else: each `mark()` of the text is replaced
 * by the secret. The shell's own commands do it, so that no secret is an argument of a process. A secret may hold the
 * characters of bearer tokens (RFC 6750, `b64token`) and ":", which mean nothing in JSON, YAML and TOML strings; the init
 * container ends with an error for others, and for an empty one.
 *
 * @param secrets variable to secret, in the order of the environment
 * @param image with `/bin/sh`
 */
export function renderedConfig(options: {
  readonly file: string;
  readonly text: string;
  readonly secrets: Readonly<Record<string, SecretRef>>;
  readonly image: Image;
  readonly user: User;
}): RenderedConfig {
  const { file, text, secrets, image, user } = options;
  return {
    init: {
      name: 'config',
      image,
      command: [
        '/bin/sh',
        `${template}/${script}`,
        `${template}/${file}`,
        `${rendered}/${file}`,
        ...Object.keys(secrets),
      ],
      env: { LC_ALL: 'C', ...secrets },
      scratch: [],
      ports: [],
      probes: {},
      user,
      resources: {
        requests: { cpu: '10m', memory: Size.mebibytes(16) },
        limits: { memory: Size.mebibytes(32) },
      },
      mounts: [
        { volume: 'template', path: template },
        { volume: 'rendered', path: rendered },
      ],
    },
    folder: { name: 'template', files: { [file]: text, [script]: renderScript } },
    shared: { name: 'rendered', size: Size.mebibytes(2), memory: true },
    mount: (path) => ({ volume: 'rendered', path, subPath: file, readOnly: true }),
  };
}

const template = '/var/run/chitin/template';
const rendered = '/var/run/chitin/rendered';
const script = 'render.sh';

/** POSIX sh without any other program. Arguments: the template, the file, and the names of the variables. */
export const renderScript = `set -eu
umask 077
template=$1
file=$2
shift 2
for name; do
  eval "value=\\\${$name-}"
  case $value in
    '' | *[!A-Za-z0-9._~+/=:-]*)
      echo "the secret in $name is empty, or holds something else than letters, digits and . _ ~ + / = : - (a line end?)" >&2
      exit 1
      ;;
  esac
done
while IFS= read -r line || [ -n "$line" ]; do
  for name; do
    eval "value=\\$$name"
    while :; do
      case $line in
        *"@@$name@@"*) line=\${line%%"@@$name@@"*}$value\${line#*"@@$name@@"} ;;
        *) break ;;
      esac
    done
  done
  printf '%s\\n' "$line"
done <"$template" >"$file"
`;
