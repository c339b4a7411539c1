import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import type { Clock, Logger, Timer } from '@fairlead/discovery';
import { ControlPlaneError } from '../errors.js';
import type { ServerCertificate } from '../grpc/grpc-server.js';

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

/** How often the files are looked at (ms). The kubelet takes up to two minutes to renew a Secret that is mounted. */
const LOOK_MS = 10_000;

/**
 * A certificate that is followed in its files: connections that are made after a change get the new one. Files that do not
 * fit each other, or cannot be read, change nothing: they may be half written.
 */
export class CertificateFiles {
  readonly #files: TlsFiles;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #onRenewed: (certificate: ServerCertificate) => void = () => {};
  #loaded: ServerCertificate | undefined;
  #timer: Timer | undefined;
  #toldTrouble = '';
  #closed = false;

  constructor(files: TlsFiles, { clock, logger }: { readonly clock: Clock; readonly logger: Logger }) {
    this.#files = files;
    this.#clock = clock;
    this.#logger = logger;
  }

  /** Reads the files for the first time, and follows them. Rejects with TLS_INVALID. */
  async start(onRenewed: (certificate: ServerCertificate) => void): Promise<ServerCertificate> {
    let first: ServerCertificate;
    try {
      first = await this.#read();
    } catch (error) {
      throw new ControlPlaneError('TLS_INVALID', `tls: ${textOf(error)}`, { cause: error });
    }
    this.#loaded = first;
    this.#onRenewed = onRenewed;
    this.#wait();
    return first;
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
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

  #take(next: ServerCertificate): void {
    if (this.#loaded !== undefined && areSame(this.#loaded, next)) return;
    this.#loaded = next;
    this.#onRenewed(next);
    this.#logger.info('the certificate was renewed', { until: new X509Certificate(next.cert).validTo });
  }

  async #read(): Promise<ServerCertificate> {
    const { certFile, keyFile, clientCaFile } = this.#files;
    const [cert, key, ca] = await Promise.all([
      readFile(certFile),
      readFile(keyFile),
      clientCaFile === undefined ? undefined : readFile(clientCaFile),
    ]);
    try {
      // Throws when key and certificate are not of one pair, or one of them is none.
      createSecureContext({ cert, key, ca });
    } catch (error) {
      throw new Error(`${certFile}, ${keyFile}: ${textOf(error)}`, { cause: error });
    }
    return { cert, key, ca };
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function areSame(a: ServerCertificate, b: ServerCertificate): boolean {
  const none = Buffer.alloc(0);
  return a.cert.equals(b.cert) && a.key.equals(b.key) && (a.ca ?? none).equals(b.ca ?? none);
}
