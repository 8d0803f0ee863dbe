/** Cluster-wide kinds, as `group/Kind` (Kubernetes 1.36, gateway-api 1.5, Cilium 1.19, cert-manager, External Secrets, Kyverno). */
const clusterWide: ReadonlySet<string> = new Set([
  '/Namespace',
  '/Node',
  '/PersistentVolume',
  'admissionregistration.k8s.io/MutatingAdmissionPolicy',
  'admissionregistration.k8s.io/MutatingAdmissionPolicyBinding',
  'admissionregistration.k8s.io/MutatingWebhookConfiguration',
  'admissionregistration.k8s.io/ValidatingAdmissionPolicy',
  'admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding',
  'admissionregistration.k8s.io/ValidatingWebhookConfiguration',
  'apiextensions.k8s.io/CustomResourceDefinition',
  'apiregistration.k8s.io/APIService',
  'certificates.k8s.io/CertificateSigningRequest',
  'certificates.k8s.io/ClusterTrustBundle',
  'cert-manager.io/ClusterIssuer',
  'cilium.io/CiliumClusterwideNetworkPolicy',
  'external-secrets.io/ClusterExternalSecret',
  'external-secrets.io/ClusterSecretStore',
  'cilium.io/CiliumNode',
  'flowcontrol.apiserver.k8s.io/FlowSchema',
  'cilium.io/CiliumNode',
  'flowcontrol.apiserver.k8s.io/PriorityLevelConfiguration',
  'gateway.networking.k8s.io/GatewayClass',
  'networking.k8s.io/IPAddress',
  'networking.k8s.io/IngressClass',
  'networking.k8s.io/ServiceCIDR',
  'node.k8s.io/RuntimeClass',
  'policies.kyverno.io/ImageValidatingPolicy',
  'policies.kyverno.io/ValidatingPolicy',
  'rbac.authorization.k8s.io/ClusterRole',
  'rbac.authorization.k8s.io/ClusterRoleBinding',
  'resource.k8s.io/DeviceClass',
  'scheduling.k8s.io/PriorityClass',
  'snapshot.storage.k8s.io/VolumeSnapshotClass',
  'snapshot.storage.k8s.io/VolumeSnapshotContent',
  'storage.k8s.io/CSIDriver',
  'storage.k8s.io/StorageClass',
  'storage.k8s.io/VolumeAttachment',
  'storage.k8s.io/VolumeAttributesClass',
]);

/** The same without their groups, which tell most objects of other kinds apart without making a text. */
const clusterWideKinds: ReadonlySet<string> = new Set(
  [...clusterWide].map((name) => name.slice(name.indexOf('/') + 1)),
);

/** Whether objects of a kind have no namespace. Unknown kinds have one. */
export function isClusterWide(apiVersion: string, kind: string): boolean {
  if (!clusterWideKinds.has(kind)) return false;
  const slash = apiVersion.indexOf('/');
  return clusterWide.has(`${slash < 0 ? '' : apiVersion.slice(0, slash)}/${kind}`);
}
