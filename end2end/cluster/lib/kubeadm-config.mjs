// The configuration that kubeadm makes certificates, kubeconfigs and the
// cluster's own configuration maps from.
import { KUBERNETES_VERSION } from './settings.mjs';

/** kubeadm's configuration file for a lab, as YAML documents (JSON is YAML). */
export function kubeadmConfiguration(lab) {
  const { plan } = lab;
  const documents = [
    {
      apiVersion: 'kubeadm.k8s.io/v1beta4',
      kind: 'InitConfiguration',
      bootstrapTokens: [{ token: lab.record.token, ttl: '0s' }],
      // kubeadm refuses loopback here; kubeconfigs are pointed at the real address afterwards.
      localAPIEndpoint: { advertiseAddress: plan.bridgeAddress, bindPort: plan.ports.apiserver },
      nodeRegistration: { name: 'control-plane', criSocket: 'unix:///run/containerd/containerd.sock' },
    },
    {
      apiVersion: 'kubeadm.k8s.io/v1beta4',
      kind: 'ClusterConfiguration',
      clusterName: lab.name,
      kubernetesVersion: KUBERNETES_VERSION,
      controlPlaneEndpoint: `${plan.address}:${plan.ports.apiserver}`,
      certificatesDir: lab.path('pki'),
      encryptionAlgorithm: 'ECDSA-P256',
      networking: { serviceSubnet: plan.serviceSubnet, podSubnet: plan.podSubnet, dnsDomain: 'cluster.local' },
      apiServer: { certSANs: ['localhost', '127.0.0.1', plan.bridgeAddress] },
    },
    {
      apiVersion: 'kubelet.config.k8s.io/v1beta1',
      kind: 'KubeletConfiguration',
      // Where kubeadm puts the CA on a host, not where it lies on this machine.
      authentication: { x509: { clientCAFile: '/etc/kubernetes/pki/ca.crt' } },
      cgroupDriver: 'cgroupfs',
      failSwapOn: false,
      // The disk is this machine's; its fill level says nothing about a host.
      evictionHard: { 'memory.available': '100Mi', 'nodefs.available': '1%', 'imagefs.available': '1%' },
      imageGCHighThresholdPercent: 100,
      imageGCLowThresholdPercent: 99,
      containerLogMaxSize: '5Mi',
      serializeImagePulls: false,
      shutdownGracePeriod: '0s',
      syncFrequency: '1m0s',
    },
  ];
  return documents.map((document) => JSON.stringify(document, null, 2)).join('\n---\n');
}
