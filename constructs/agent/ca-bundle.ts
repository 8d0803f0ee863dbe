import type { IVolume } from 'kubernetes-models/v1/Volume';
import type { IVolumeMount } from 'kubernetes-models/v1/VolumeMount';
import type { CaBundle } from '../facts.ts';
import type { Loose } from '../manifest.ts';

const folder = '/var/run/chitin/ca';
const file = `${folder}/ca.crt`;
const name = 'ca-bundle';

/** The bundle as a volume of a pod. */
export function caVolume({ configMap, key }: CaBundle): Loose<IVolume> {
  return { name, configMap: { name: configMap, items: [{ key, path: 'ca.crt' }] } };
}

/** Where a container sees the bundle. */
export function caMounts(bundle: CaBundle | undefined): Loose<IVolumeMount>[] {
  return bundle ? [{ name, mountPath: folder, readOnly: true }] : [];
}

/**
 * What makes programs use the bundle: OpenSSL, Go and rustls-native-certs read `SSL_CERT_FILE` instead of the system's,
 * Node adds `NODE_EXTRA_CA_CERTS` to its own, requests and curl and git have variables of their own.
 */
export function caVariables(bundle: CaBundle | undefined): Readonly<Record<string, string>> {
  return bundle
    ? {
        SSL_CERT_FILE: file,
        NODE_EXTRA_CA_CERTS: file,
        REQUESTS_CA_BUNDLE: file,
        CURL_CA_BUNDLE: file,
        GIT_SSL_CAINFO: file,
      }
    : {};
}
