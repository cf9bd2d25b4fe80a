// A lab's bridge, the network namespaces on it, and the way from this machine to
// pods and Services. Nothing is changed in the machine's own packet filter.
import { capture } from './shell.mjs';

const ip = (...args) => capture('ip', args);
const quiet = (...args) => capture('ip', args, { allowFailure: true });

/** The namespace whose kube-proxy carries the machine's own traffic to Services. */
export const GATEWAY = 'gateway';

/** Makes the bridge with the address that this machine has on it. */
export async function makeBridge({ plan }) {
  await ip('link', 'add', plan.bridge, 'type', 'bridge', 'forward_delay', '0');
  await ip('address', 'add', `${plan.bridgeAddress}/24`, 'dev', plan.bridge);
  await ip('link', 'set', plan.bridge, 'up');
}

/** Makes a network namespace with an interface `eth0` on the bridge; its default route is this machine. */
export async function makeNamespace({ plan }, name, address) {
  const netns = plan.netns(name);
  const inside = ['-n', netns];
  await ip('netns', 'add', netns);
  await ip('link', 'add', plan.veth(name), 'type', 'veth', 'peer', 'name', 'eth0', 'netns', netns);
  await ip('link', 'set', plan.veth(name), 'master', plan.bridge, 'up');
  await ip(...inside, 'link', 'set', 'lo', 'up');
  await ip(...inside, 'link', 'set', 'eth0', 'up');
  await ip(...inside, 'address', 'add', `${address}/24`, 'dev', 'eth0');
  await ip(...inside, 'route', 'add', 'default', 'via', plan.bridgeAddress);
  await capture('ip', ['netns', 'exec', netns, 'sh', '-c', 'echo 1 >/proc/sys/net/ipv4/ip_forward']);
}

/** Routes every host's pods from this machine, from the other hosts and from the gateway. */
export async function routePods(lab) {
  const { plan, record } = lab;
  for (const { podCidr, address } of record.hosts) {
    await ip('route', 'replace', podCidr, 'via', address, 'dev', plan.bridge);
    const others = record.hosts.filter((host) => host.address !== address).map((host) => host.name);
    for (const name of [...others, GATEWAY]) {
      await ip('-n', plan.netns(name), 'route', 'replace', podCidr, 'via', address);
    }
  }
}

/** Sends this machine's traffic for Services to the gateway, whose kube-proxy chooses the pod. */
export async function routeServices({ plan }) {
  await ip('route', 'replace', plan.serviceSubnet, 'via', plan.gatewayAddress, 'dev', plan.bridge);
}

/** Removes bridge, namespaces and, with them, routes and interfaces; what is gone already is no failure. */
export async function removeNetwork({ plan, record }) {
  for (const name of [GATEWAY, ...record.hosts.map((host) => host.name)]) {
    await quiet('link', 'del', plan.veth(name));
    await quiet('netns', 'del', plan.netns(name));
  }
  await quiet('link', 'del', plan.bridge);
}
