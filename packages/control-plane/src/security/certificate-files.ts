import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import type { Clock, Logger, Timer } from '@fairlead/discovery';
import type { experimental } from '@grpc/grpc-js';
import { ControlPlaneError } from '../errors.js';

/** Where the certificate is, as PEM. */
export interface TlsFiles {
  /** Certificate with its chain. */
  readonly certFile: string;
  readonly keyFile: string;
  /**
   * Authorities of clients. When given, clients are who their certificate says (common name: user, organizations: groups,
   * as the API server reads them), and tokens are not looked at.
   */
  readonly clientCaFile?: string | undefined;
}

type IdentityListener = experimental.IdentityCertificateUpdateListener;
type CaListener = experimental.CaCertificateUpdateListener;

interface Loaded {
  readonly certificate: Buffer;
  readonly privateKey: Buffer;
  readonly caCertificate: Buffer | undefined;
}

/** How often the files are looked at (ms). The kubelet takes up to two minutes to renew a Secret that is mounted. */
const LOOK_MS = 10_000;

/**
 * A certificate that is followed in its files: connections that are made after a change get the new one. Files that do not
 * fit each other, or cannot be read, change nothing: they may be half written.
 */
export class CertificateFiles implements experimental.CertificateProvider {
  readonly #files: TlsFiles;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #identityListeners = new Set<IdentityListener>();
  readonly #caListeners = new Set<CaListener>();
  #loaded: Loaded | undefined;
  #timer: Timer | undefined;
  #toldTrouble = '';
  #closed = false;

  constructor(files: TlsFiles, { clock, logger }: { readonly clock: Clock; readonly logger: Logger }) {
    this.#files = files;
    this.#clock = clock;
    this.#logger = logger;
  }

  /** Reads the files for the first time. Rejects with TLS_INVALID. */
  async start(): Promise<void> {
    try {
      this.#loaded = await this.#read();
    } catch (error) {
      throw new ControlPlaneError('TLS_INVALID', `tls: ${textOf(error)}`, { cause: error });
    }
    this.#wait();
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
  }

  addIdentityCertificateListener(listener: IdentityListener): void {
    this.#identityListeners.add(listener);
    const loaded = this.#loaded;
    // Not before grpc-js has noted who wants to hear of it.
    if (loaded !== undefined) process.nextTick(listener, loaded);
  }

  removeIdentityCertificateListener(listener: IdentityListener): void {
    this.#identityListeners.delete(listener);
  }

  addCaCertificateListener(listener: CaListener): void {
    this.#caListeners.add(listener);
    const { caCertificate } = this.#loaded ?? {};
    if (caCertificate !== undefined) process.nextTick(listener, { caCertificate });
  }

  removeCaCertificateListener(listener: CaListener): void {
    this.#caListeners.delete(listener);
  }

  #wait(): void {
    if (this.#closed) return;
    this.#timer = this.#clock.setTimeout(() => void this.#look(), LOOK_MS);
    this.#timer.unref();
  }

  async #look(): Promise<void> {
    try {
      this.#take(await this.#read());
      this.#toldTrouble = '';
    } catch (error) {
      const text = textOf(error);
      if (text !== this.#toldTrouble) this.#logger.warn('the certificate stays as it was', { error: text });
      this.#toldTrouble = text;
    }
    this.#wait();
  }

  #take(next: Loaded): void {
    const before = this.#loaded;
    if (before !== undefined && sameFiles(before, next)) return;
    this.#loaded = next;
    const { certificate, privateKey, caCertificate } = next;
    for (const listener of this.#identityListeners) listener({ certificate, privateKey });
    if (caCertificate !== undefined) for (const listener of this.#caListeners) listener({ caCertificate });
    this.#logger.info('the certificate was renewed', { until: new X509Certificate(certificate).validTo });
  }

  async #read(): Promise<Loaded> {
    const { certFile, keyFile, clientCaFile } = this.#files;
    const [certificate, privateKey, caCertificate] = await Promise.all([
      readFile(certFile),
      readFile(keyFile),
      clientCaFile === undefined ? undefined : readFile(clientCaFile),
    ]);
    try {
      // Throws when key and certificate are not of one pair, or one of them is none.
      createSecureContext({ cert: certificate, key: privateKey, ca: caCertificate });
    } catch (error) {
      throw new Error(`${certFile}, ${keyFile}: ${textOf(error)}`, { cause: error });
    }
    return { certificate, privateKey, caCertificate };
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function sameFiles(a: Loaded, b: Loaded): boolean {
  if (!a.certificate.equals(b.certificate) || !a.privateKey.equals(b.privateKey)) return false;
  return (
    a.caCertificate === b.caCertificate ||
    (b.caCertificate?.equals(a.caCertificate ?? Buffer.alloc(0)) ?? false)
  );
}
