// A small client of the Kubernetes API for what the lab itself writes and asks.
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { LabError } from './failure.mjs';

/** Kind => plural, and whether it lives in a namespace; only what the lab's own objects need. */
const KINDS = {
  APIService: ['apiservices', false],
  ClusterRole: ['clusterroles', false],
  ClusterRoleBinding: ['clusterrolebindings', false],
  ConfigMap: ['configmaps', true],
  Deployment: ['deployments', true],
  Endpoints: ['endpoints', true],
  EndpointSlice: ['endpointslices', true],
  Gateway: ['gateways', true],
  GatewayClass: ['gatewayclasses', false],
  IngressClass: ['ingressclasses', false],
  Namespace: ['namespaces', false],
  Node: ['nodes', false],
  Pod: ['pods', true],
  RoleBinding: ['rolebindings', true],
  Service: ['services', true],
  ServiceAccount: ['serviceaccounts', true],
  StorageClass: ['storageclasses', false],
};

const decode = (text, key) => {
  const found = new RegExp(`${key}: (\\S+)`).exec(text)?.[1];
  return found && Buffer.from(found, 'base64');
};

/** What a kubeconfig that kubeadm wrote holds: the CA, and its user's certificate and key. */
export function credentialsOf(path) {
  const text = readFileSync(path, 'utf8');
  return {
    ca: decode(text, 'certificate-authority-data'),
    cert: decode(text, 'client-certificate-data'),
    key: decode(text, 'client-key-data'),
  };
}

/** The URL path of an object, or of its collection where it has no name. */
export function objectPath({ apiVersion, kind, metadata = {} }) {
  const [plural, namespaced] = KINDS[kind];
  const group = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const scope = namespaced ? `/namespaces/${metadata.namespace ?? 'default'}` : '';
  return `${group}${scope}/${plural}${metadata.name ? `/${metadata.name}` : ''}`;
}

export class Api {
  constructor(server, tls, { sockets = 16 } = {}) {
    this.server = new URL(server);
    this.agent = new Agent({ keepAlive: true, maxSockets: sockets, ...tls });
  }

  /** Speaks as the user of a kubeconfig that holds certificate and key itself, as kubeadm writes them. */
  static fromKubeconfig(path, options) {
    const [, server] = /server: (\S+)/.exec(readFileSync(path, 'utf8'));
    return new Api(server, credentialsOf(path), options);
  }

  /** Sends one request; gives status and body text. Fails when no answer comes within 30 s. */
  send(method, path, body, type = 'application/json') {
    const payload = body === undefined ? undefined : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
    return new Promise((resolve, reject) => {
      const sent = request({
        agent: this.agent,
        host: this.server.hostname,
        port: this.server.port,
        path,
        method,
        timeout: 30_000,
        headers: payload ? { 'content-type': type, 'content-length': payload.length } : {},
      }, (answer) => {
        const chunks = [];
        answer.on('data', (chunk) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () => resolve({ status: answer.statusCode, text: Buffer.concat(chunks).toString() }));
      });
      sent.on('timeout', () => sent.destroy(new Error(`${method} ${path}: no answer within 30 s`)));
      sent.on('error', reject);
      sent.end(payload);
    });
  }

  /** The body of a successful request; fails with what the server said otherwise. */
  async text(path, method = 'GET', body = undefined, type = undefined) {
    const { status, text } = await this.send(method, path, body, type);
    if (status >= 300) throw new LabError(`${method} ${path} answered ${status}: ${text.slice(0, 400)}`);
    return text;
  }

  async json(path, method, body, type) {
    return JSON.parse(await this.text(path, method, body, type));
  }

  /** Creates or changes an object by server-side apply. */
  apply(object) {
    return this.text(
      `${objectPath(object)}?fieldManager=longshore-lab&force=true`, 'PATCH', object, 'application/apply-patch+yaml',
    );
  }

  /** The same for an object's status, which most clients have no right to write. */
  applyStatus(object) {
    return this.text(
      `${objectPath(object)}/status?fieldManager=longshore-lab&force=true`, 'PATCH', object, 'application/apply-patch+yaml',
    );
  }

  close() {
    this.agent.destroy();
  }
}
