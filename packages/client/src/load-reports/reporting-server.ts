/** What is known of the server behind a connection, for as long as that connection lasts. */
export interface ReportingServer {
  /** Whether it reports its load when a call asks for it; undefined: no call has asked yet. */
  reports: boolean | undefined;
}
