/** Path of a compiled program of this package, also for modules that run from their source. */
export declare function programPath(file: string): string;
