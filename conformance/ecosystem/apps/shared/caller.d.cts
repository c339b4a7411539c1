export declare function keepCalling(say: () => Promise<string>): Promise<void>;
export declare function callTimes(say: () => Promise<string>, times: number): Promise<void>;
