//! A tonic-xds client for the conformance: see the README of its parent folder for what it says. It never goes idle.

use std::collections::HashMap;
use std::error::Error;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::task::{LocalSet, spawn_local};
use tokio::time::{Instant, interval, timeout};
use tonic::codegen::http::uri::PathAndQuery;
use tonic::{Code, Request, Status};
use tonic_prost::ProstCodec;
use tonic_xds::{XdsChannelBuilder, XdsChannelConfig, XdsChannelGrpc, XdsUri};

const METHOD: &str = "/fairlead.peers.v1.Pods/Name";
const FLUSH: Duration = Duration::from_millis(200);
const TICK: Duration = Duration::from_millis(5);

/// Calls that ended: started and ended (epoch ms), status code, pod, text of a failure, index of the target.
type Ended = Arc<Mutex<Vec<Value>>>;

fn epoch_ms() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64() * 1000.0
}

/// The status of an error and what it says, with its causes: a Status of tonic shows them by `source` only.
fn told(status: &Status) -> String {
    let mut text = status.message().to_string();
    let mut cause = status.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

async fn name(channel: XdsChannelGrpc) -> Result<String, Status> {
    let mut client = tonic::client::Grpc::new(channel);
    client.ready().await.map_err(|error| Status::unavailable(error.to_string()))?;
    let codec: ProstCodec<(), String> = ProstCodec::default();
    let response = client.unary(Request::new(()), PathAndQuery::from_static(METHOD), codec).await?;
    Ok(response.into_inner())
}

async fn call(channel: XdsChannelGrpc, deadline: Duration, index: usize, ended: Ended) {
    let started = epoch_ms();
    let outcome = timeout(deadline, name(channel)).await;
    let outcome = outcome.unwrap_or_else(|_| Err(Status::deadline_exceeded("no answer in time")));
    let (code, pod, text) = match outcome {
        Ok(pod) => (Code::Ok, pod, String::new()),
        Err(status) => (status.code(), String::new(), told(&status)),
    };
    let line = json!([started, epoch_ms(), code as i32, pod, text, index]);
    ended.lock().expect("no holder panics").push(line);
}

/// Calls at the rate of the moment, whatever becomes of those before; what is late is left out.
async fn load(channels: Vec<XdsChannelGrpc>, deadline: Duration, rate: Arc<AtomicU64>, ended: Ended) {
    let (mut made, mut due, mut last) = (0usize, 0.0f64, Instant::now());
    let mut ticks = interval(TICK);
    loop {
        ticks.tick().await;
        let now = Instant::now();
        due = due.min(1.0) + (now - last).as_secs_f64() * rate.load(Ordering::Relaxed) as f64;
        last = now;
        while due >= 1.0 {
            let index = made % channels.len();
            spawn_local(call(channels[index].clone(), deadline, index, ended.clone()));
            (made, due) = (made + 1, due - 1.0);
        }
    }
}

async fn tell(ended: Ended) {
    let mut ticks = interval(FLUSH);
    loop {
        ticks.tick().await;
        let calls = std::mem::take(&mut *ended.lock().expect("no holder panics"));
        println!("{}", json!({ "calls": calls }));
    }
}

/// Versions of libraries, out of the lock file.
fn version_of(name: &str) -> String {
    let lock = include_str!("../Cargo.lock");
    let after = lock.split(&format!("name = \"{name}\"\nversion = \"")).nth(1).unwrap_or_default();
    after.split('"').next().unwrap_or_default().to_string()
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    LocalSet::new().run_until(run()).await
}

async fn run() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let options: HashMap<&str, &str> =
        arguments.chunks(2).filter_map(|pair| Some((pair.first()?.as_str(), pair.get(1)?.as_str()))).collect();
    let number = |name: &str, default: u64| options.get(name).map_or(Ok(default), |text| text.parse());
    let rate = Arc::new(AtomicU64::new(number("--rate", 50)?));
    let deadline = Duration::from_millis(number("--deadline-ms", 5000)?);
    let mut channels = Vec::new();
    for target in options.get("--targets").ok_or("--targets is missing")?.split(',') {
        let config = XdsChannelConfig::new(XdsUri::parse(target)?);
        channels.push(XdsChannelBuilder::new(config).build_grpc_channel()?);
    }
    let versions = json!({ "tonic-xds": version_of("tonic-xds"), "tonic": version_of("tonic") });
    println!("{}", json!({ "versions": versions }));
    let ended = Ended::default();
    spawn_local(load(channels, deadline, rate.clone(), ended.clone()));
    spawn_local(tell(ended));
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    while let Some(line) = lines.next_line().await? {
        rate.store(line.parse()?, Ordering::Relaxed);
    }
    std::process::exit(0);
}
