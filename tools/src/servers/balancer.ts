import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProcessPlan } from '../processes/supervised.ts';
import type { BalancerProgram } from '../programs/haproxy.ts';

/** The processes of a service, and the port by which they are reached. */
export interface BalancedService {
  name: string;
  /** Where callers connect, on 127.0.0.1. */
  port: number;
  processes: readonly { name: string; port: number; adminPort: number }[];
}

export interface BalancerOptions {
  program: BalancerProgram;
  folder: string;
  /** Reached over TLS, which ends in the service itself. */
  services: readonly BalancedService[];
  /** Serves clients in plain HTTP. */
  frontend: BalancedService;
}

/** Writes the configuration of HAProxy; returns how to run it. */
export async function prepareBalancer({
  program,
  folder,
  ...options
}: BalancerOptions): Promise<ProcessPlan> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, 'haproxy.cfg');
  await writeFile(file, balancerConfiguration(options), { mode: 0o600 });
  return {
    name: 'balancer',
    program: program.program,
    args: ['-db', '-q', '-f', file],
    environment: program.environment,
    stage: 1,
    graceMs: 2_000,
  };
}

/**
 * Each process is asked for its readiness four times a second, as a Kubernetes Service follows its readiness probes, only faster; the connections
 * to one that doesn't answer are ended, so that their callers repeat what they may on another one. The services are reached by TCP: their
 * mutual TLS ends in them.
 */
function balancerConfiguration({
  services,
  frontend,
}: Pick<BalancerOptions, 'services' | 'frontend'>): string {
  return [
    'global',
    '  maxconn 4000',
    '  log stdout format raw local0 notice',
    'defaults',
    '  log global',
    '  timeout connect 1s',
    '  timeout check 1s',
    // The services and their callers have shorter limits of their own; live streams send a sign of life.
    '  timeout client 10m',
    '  timeout server 10m',
    '  timeout queue 3s',
    '  option redispatch 1',
    '  retries 3',
    // Not the one with the fewest connections, which is the one that just died.
    '  balance roundrobin',
    '  option httpchk GET /readyz',
    '  default-server check inter 250ms fastinter 250ms downinter 250ms fall 2 rise 1 on-marked-down shutdown-sessions observe layer4 error-limit 2 on-error mark-down',
    ...services.flatMap((service) => [
      `listen ${service.name}`,
      '  mode tcp',
      `  bind 127.0.0.1:${service.port}`,
      ...serversOf(service),
    ]),
    `listen ${frontend.name}`,
    '  mode http',
    `  bind 127.0.0.1:${frontend.port}`,
    `  bind [::1]:${frontend.port}`,
    // The address that a client claims is dropped: the frontend trusts this header (FORWARDED_HOPS=1).
    '  http-request set-header X-Forwarded-For %[src]',
    // A request that no frontend answered is sent to another one, if repeating it can't do its work twice.
    '  acl reads method GET HEAD OPTIONS',
    '  acl keyed req.hdr(idempotency-key) -m found',
    '  acl accounts path_beg /api/',
    // Only accounts keeps idempotency keys.
    '  acl others path_beg /api/auth /api/logs /api/mail',
    '  retry-on conn-failure empty-response',
    '  http-request disable-l7-retry unless reads or keyed accounts !others',
    ...serversOf(frontend),
    '',
  ].join('\n');
}

function serversOf({ processes }: BalancedService): string[] {
  return processes.map(({ name, port, adminPort }) => `  server ${name} 127.0.0.1:${port} port ${adminPort}`);
}
