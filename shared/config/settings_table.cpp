#include <algorithm>
#include <array>

#include "shared/config/settings.hpp"

namespace aihub::config {
namespace {

constexpr bool reload = true;
constexpr bool restart = false;
constexpr bool secret = true;
constexpr bool open = false;

// clang-format off
constexpr std::array table = {
    // Where the gateway listens.
    Setting{"listen", Type::list, "", "AIHUB_LISTEN", "--listen", restart, open,
        "addresses to serve on; none: 127.0.0.1, or 0.0.0.0 when lan_ip is not loopback, at gateway_port", "address"},
    Setting{"gateway_port", Type::integer, "8080", "GATEWAY_PORT", "", restart, open,
        "port of the gateway while listen is not set", "0..65535"},
    Setting{"lan_ip", Type::text, "127.0.0.1", "AIHUB_IP,LAN_IP", "", restart, open,
        "address that clients are told; anything but loopback also opens the gateway to the network"},
    Setting{"dashboard", Type::text, "", "AIHUB_DASHBOARD", "--dashboard", restart, open,
        "address of the dashboard; none: as the gateway's, at dashboard_port; off: no dashboard", "address|off"},
    Setting{"dashboard_port", Type::integer, "8090", "DASHBOARD_PORT", "", restart, open,
        "port of the dashboard while dashboard is not set", "0..65535"},
    Setting{"tls_certificate", Type::text, "", "AIHUB_TLS_CERT", "--tls-cert", reload, open,
        "PEM file with the certificate chain, read again by a reload; with tls_key it makes the gateway speak HTTPS"},
    Setting{"tls_key", Type::text, "", "AIHUB_TLS_KEY", "--tls-key", reload, open,
        "PEM file with the certificate's private key"},
    Setting{"base_path", Type::text, "/api", "BASE_PATH", "", restart, open,
        "path below which Ollama's API is served", "path"},

    // Who may use it.
    Setting{"auth", Type::boolean, "on", "AIHUB_AUTH", "--auth", restart, open,
        "off: everybody is served without a key, as user anonymous"},
    Setting{"insecure", Type::boolean, "off", "AIHUB_INSECURE", "--insecure", restart, open,
        "allows auth off on addresses that other machines can reach"},
    Setting{"admin_key", Type::text, "", "ADMIN_KEY", "", reload, secret,
        "an admin key beside those of the database"},
    Setting{"dashboard_api_keys", Type::list, "", "DASHBOARD_API_KEYS", "", reload, secret,
        "keys that are accepted beside those of the database, as user static without admin rights"},
    Setting{"static_key_tier", Type::text, "sub", "AIHUB_STATIC_KEY_TIER", "", reload, open,
        "tier of the user static", "payg|sub"},
    Setting{"cors_origins", Type::list, "*", "AIHUB_CORS_ORIGINS,OLLAMA_ORIGINS", "--cors", reload, open,
        "origins whose pages may call /v1 and base_path; *: all; off: none"},

    // The model servers.
    Setting{"ollama_url", Type::text, "http://127.0.0.1:11434", "OLLAMA_URL,OLLAMA_BASE_URL,OLLAMA_LOCAL_URL", "",
        reload, open, "Ollama's URL; off removes the service", "url|off"},
    Setting{"lmstudio_url", Type::text, "", "LMSTUDIO_URL", "", reload, open,
        "LM Studio's URL; none: this machine at lmstudio_port; off removes the service", "url|off"},
    Setting{"lmstudio_port", Type::integer, "1234", "LMSTUDIO_PORT", "", reload, open,
        "LM Studio's port while lmstudio_url is not set", "1..65535"},
    Setting{"kokoro_url", Type::text, "", "KOKORO_URL", "", reload, open,
        "Kokoro's URL; none: this machine at kokoro_port; off removes the service", "url|off"},
    Setting{"kokoro_port", Type::integer, "8880", "KOKORO_PORT", "", reload, open,
        "Kokoro's port while kokoro_url is not set", "1..65535"},
    Setting{"stt_url", Type::text, "", "STT_URL", "", reload, open,
        "the transcription server's URL; none: this machine at stt_port; off removes the service", "url|off"},
    Setting{"stt_port", Type::integer, "10400", "STT_REST_PORT", "", reload, open,
        "the transcription server's port while stt_url is not set", "1..65535"},
    Setting{"openwebui_url", Type::text, "", "OPENWEBUI_URL", "", reload, open,
        "Open WebUI's URL; none: this machine at openwebui_port; off removes the service", "url|off"},
    Setting{"openwebui_port", Type::integer, "3000", "OPENWEBUI_PORT", "", reload, open,
        "Open WebUI's port while openwebui_url is not set", "1..65535"},
    Setting{"openwebui_api_key", Type::text, "", "OPENWEBUI_API_KEY", "", reload, secret,
        "bearer token that Open WebUI is called with when the client brings none"},
    Setting{"discovery_interval", Type::duration, "30s", "AIHUB_DISCOVERY_INTERVAL", "", reload, open,
        "how often the services are asked which models they have"},
    Setting{"discovery_timeout", Type::duration, "5s", "AIHUB_DISCOVERY_TIMEOUT", "", reload, open,
        "how long a service may take to say which models it has"},
    Setting{"upstream_connect_timeout", Type::duration, "5s", "AIHUB_UPSTREAM_CONNECT_TIMEOUT", "", reload, open,
        "how long connecting to a service may take before the next one is tried"},
    Setting{"upstream_first_byte_timeout", Type::duration, "off", "AIHUB_UPSTREAM_FIRST_BYTE_TIMEOUT", "", reload,
        open, "how long a service may think before its answer begins"},
    Setting{"upstream_idle_timeout", Type::duration, "300s", "AIHUB_UPSTREAM_IDLE_TIMEOUT", "", reload, open,
        "silence after which a begun answer is given up"},

    // Which server answers, and what happens when it does not.
    Setting{"strategy", Type::text, "least-outstanding", "AIHUB_STRATEGY", "", reload, open,
        "how servers of the same priority share the requests for a model, unless their group says otherwise",
        "least-outstanding|round-robin|latency|cost|sticky"},
    Setting{"retry_status", Type::list, "429,500,502,503,504", "AIHUB_RETRY_STATUS", "", reload, open,
        "statuses of a server that make the gateway try the next one; off: none", "400..599|off"},
    Setting{"retry_attempts", Type::integer, "3", "AIHUB_RETRY_ATTEMPTS", "", reload, open,
        "most servers that a request is tried on after the first one", "0..100"},
    Setting{"retry_budget", Type::integer, "20", "AIHUB_RETRY_BUDGET", "", reload, open,
        "percent of the requests that may be tried again; ten a second always may", "0..100"},
    Setting{"health_interval", Type::duration, "250ms", "AIHUB_HEALTH_INTERVAL", "", reload, open,
        "first pause before a server that is down is asked whether it is back; doubled each time, up to 1.5 s; "
        "off: not asked, a request tries it after a while"},
    Setting{"queue_timeout", Type::duration, "30s", "AIHUB_QUEUE_TIMEOUT", "", reload, open,
        "how long a request waits while every server of its model has max_concurrent requests; off: not at all"},
    Setting{"queue_length", Type::integer, "1000", "AIHUB_QUEUE_LENGTH", "", reload, open,
        "most requests that wait so; one more is refused with 503", "1..1000000"},
    Setting{"queue_length_per_user", Type::integer, "100", "AIHUB_QUEUE_LENGTH_PER_USER", "", reload, open,
        "most of them that are of one user", "1..1000000"},

    // Streams.
    Setting{"stream_keepalive", Type::duration, "5s", "AIHUB_STREAM_KEEPALIVE", "", reload, open,
        "silence after which the client of a stream gets a comment that keeps its connection open; off: never"},
    Setting{"stream_usage", Type::boolean, "on", "AIHUB_STREAM_USAGE", "", reload, open,
        "ask servers for the token counts of streams on /v1 that did not ask themselves, and keep them from the "
        "client; off: such streams are estimated"},
    Setting{"resume_window", Type::duration, "60s", "AIHUB_RESUME_WINDOW", "", reload, open,
        "how long a stream that asked for it may be taken up again after its client was lost; off: not at all"},
    Setting{"resume_buffer", Type::size, "1MB", "AIHUB_RESUME_BUFFER", "", reload, open,
        "how much of the end of such a stream is kept for that"},

    // What a request may be.
    Setting{"body_limit", Type::size, "100MB", "AIHUB_BODY_LIMIT", "", reload, open,
        "largest request body; a larger one is refused with 413"},
    Setting{"audio_body_limit", Type::size, "200MB", "AIHUB_AUDIO_BODY_LIMIT", "", reload, open,
        "the same below /stt and /v1/audio"},
    Setting{"speech_body_limit", Type::size, "50MB", "AIHUB_SPEECH_BODY_LIMIT", "", reload, open,
        "the same below /kokoro"},
    Setting{"spool_memory", Type::size, "64KB", "AIHUB_SPOOL_MEMORY", "", reload, open,
        "how much of a body is kept in memory; the rest goes to a file in spool_dir"},
    Setting{"spool_dir", Type::text, "", "AIHUB_SPOOL_DIR", "", restart, open,
        "folder of those files; none: state_dir"},
    Setting{"retry_body_limit", Type::size, "200MB", "AIHUB_RETRY_BODY_LIMIT", "", reload, open,
        "bodies over this are not kept for a second try at another service"},
    Setting{"header_limit", Type::size, "32KB", "AIHUB_HEADER_LIMIT", "", reload, open,
        "largest request head; a larger one is refused with 431"},
    Setting{"header_count_limit", Type::integer, "100", "AIHUB_HEADER_COUNT_LIMIT", "", reload, open,
        "most header fields of a request; more are refused with 431", "1..10000"},
    Setting{"header_timeout", Type::duration, "15s", "AIHUB_HEADER_TIMEOUT", "", reload, open,
        "how long a request head may take to arrive; more than 0", "more than 0"},
    Setting{"body_timeout", Type::duration, "60s", "AIHUB_BODY_TIMEOUT", "", reload, open,
        "silence after which a client that is sending a body is closed; more than 0", "more than 0"},
    Setting{"idle_timeout", Type::duration, "75s", "AIHUB_IDLE_TIMEOUT", "", reload, open,
        "how long a connection is kept open between two requests; more than 0", "more than 0"},
    Setting{"connections_per_client", Type::integer, "1024", "AIHUB_CONNECTIONS_PER_CLIENT", "", reload, open,
        "most open connections of one client address", "1..1000000"},
    Setting{"max_connections", Type::integer, "20000", "AIHUB_MAX_CONNECTIONS", "", reload, open,
        "most open connections of all clients", "1..1000000"},

    // How it runs.
    Setting{"threads", Type::integer, "0", "AIHUB_THREADS", "--threads", restart, open,
        "loop threads; 0: one a core", "0..256"},
    Setting{"drain", Type::duration, "30s", "AIHUB_DRAIN", "--drain", reload, open,
        "how long running requests may take to finish after a stop was asked for"},
    Setting{"restart_drain", Type::duration, "1h", "AIHUB_RESTART_DRAIN", "", reload, open,
        "the same for a process that another one has replaced: its streams go on for so long"},
    Setting{"db", Type::text, "", "AIHUB_DB", "--db", restart, open,
        "the database file; none: aihub/aihub.db in the user's data folder, as root in /var/lib"},
    Setting{"state_dir", Type::text, "", "AIHUB_STATE_DIR", "--state-dir", restart, open,
        "folder of logs, control socket and first admin key; none: the folder of db"},
    Setting{"usage_spool_limit", Type::size, "256MB", "AIHUB_USAGE_SPOOL_LIMIT", "", reload, open,
        "most that waits in state_dir while usage cannot be written to db; what finds no room is counted and lost"},
    Setting{"token_db_path", Type::text, "tokens.db", "TOKEN_DB_PATH", "", restart, open,
        "a token store of the older gateway, for imports"},

    // What it writes down.
    Setting{"log_level", Type::text, "INFO", "LOG_LEVEL", "", reload, open,
        "least level of what goes to stderr", "level"},
    Setting{"log_file", Type::text, "", "AIHUB_LOG_FILE", "--log-file", restart, open,
        "file that the program's log also goes to"},
    Setting{"log_file_level", Type::text, "INFO", "LOG_FILE_LEVEL", "", reload, open,
        "least level of what goes to log_file, whatever log_level is", "level"},
    Setting{"log_format", Type::text, "text", "AIHUB_LOG_FORMAT", "--log-format", restart, open,
        "form of the program's log", "text|json"},
    Setting{"access_log", Type::text, "", "AIHUB_ACCESS_LOG", "--access-log", restart, open,
        "file of the access log; none: access.log in state_dir; -: stdout (what nobody takes there is lost); off: none"},
    Setting{"nginx_access_log", Type::text, "/var/log/nginx/access.log", "NGINX_ACCESS_LOG", "", restart, open,
        "the access log that is read; when not set, the gateway's own where it exists"},

    // Monitoring.
    Setting{"monitoring_db_path", Type::text, "aihub.db", "MONITORING_DB_PATH", "", restart, open,
        "database of access events; when not set, db"},
    Setting{"monitoring_state_path", Type::text, "monitoring_state.json", "MONITORING_STATE_PATH", "", restart, open,
        "how far the access log was read; when not set, in state_dir"},
    Setting{"monitoring_max_scan", Type::integer, "10000", "MONITORING_MAX_SCAN", "", reload, open,
        "most events that one query reads", "10..100000000"},
    Setting{"monitoring_default_limit", Type::integer, "200", "MONITORING_DEFAULT_LIMIT", "", reload, open,
        "events that are returned when nobody says how many", "1..1000000"},
    Setting{"monitoring_alert_window_min", Type::integer, "60", "MONITORING_ALERT_WINDOW_MIN", "", reload, open,
        "minutes of history that alerts look at", "1..525600"},
    Setting{"monitoring_rate_threshold", Type::integer, "120", "MONITORING_RATE_THRESHOLD", "", reload, open,
        "requests of one client in that window that raise an alert", "1..1000000000"},
    Setting{"monitoring_client_error_threshold", Type::integer, "12", "MONITORING_CLIENT_ERROR_THRESHOLD", "", reload,
        open, "client errors of one client in that window that raise an alert", "1..1000000000"},
    Setting{"monitoring_missing_key_threshold", Type::integer, "25", "MONITORING_MISSING_KEY_THRESHOLD", "", reload,
        open, "requests without a key in that window that raise an alert", "1..1000000000"},
    Setting{"monitoring_max_age_days", Type::integer, "30", "MONITORING_MAX_AGE_DAYS", "", reload, open,
        "days that events are kept; 0: for ever", "0..36500"},

    // Models and prices.
    Setting{"backend_mode", Type::text, "bare", "AIHUB_BACKEND_MODE", "", reload, open,
        "how Ollama runs: on this machine or in a container", "bare|docker"},
    Setting{"models_dir", Type::text, "data/models", "AIHUB_MODELS_DIR", "", reload, open,
        "folder of downloaded model files"},
    Setting{"hf_token", Type::text, "", "HF_TOKEN", "", reload, secret,
        "token for downloads of models that are not public"},
    Setting{"default_tier", Type::text, "open", "AIHUB_DEFAULT_TIER", "", reload, open,
        "tier of a user whom aihub-keys makes and gives none: open (no limits), payg, sub, admin or one of tiers"},
    Setting{"pricing.input_per_1k", Type::number, "0.0001", "AIHUB_PRICE_INPUT_PER_1K", "", reload, open,
        "price of 1,000 tokens of a request"},
    Setting{"pricing.output_per_1k", Type::number, "0.0002", "AIHUB_PRICE_OUTPUT_PER_1K", "", reload, open,
        "price of 1,000 tokens of an answer"},
    Setting{"pricing.audio_per_minute", Type::number, "0", "AIHUB_PRICE_AUDIO_PER_MINUTE", "", reload, open,
        "price of a minute of sound that is transcribed"},
    Setting{"pricing.speech_per_1k_characters", Type::number, "0", "AIHUB_PRICE_SPEECH_PER_1K", "", reload, open,
        "price of 1,000 characters that are spoken"},
    Setting{"rate_limits.payg", Type::integer, "5", "AIHUB_RATE_LIMIT_PAYG", "", reload, open,
        "requests a minute of a user of tier payg", "0..1000000000"},
    Setting{"rate_limits.sub", Type::integer, "10", "AIHUB_RATE_LIMIT_SUB", "", reload, open,
        "requests a minute of a user of tier sub", "0..1000000000"},

    // The grid.
    Setting{"ProviderTokens", Type::list, "", "ProviderTokens", "", reload, secret,
        "tokens that workers may join with; also ProviderTokens__0, __1, … in the environment"},
    Setting{"RegistryUrl", Type::text, "https://localhost:7001", "RegistryUrl", "", reload, open,
        "registry that is asked for hubs", "url"},
    Setting{"RegistryPollingIntervalSeconds", Type::integer, "30", "RegistryPollingIntervalSeconds", "", reload, open,
        "seconds between two questions to the registry", "1..86400"},
    Setting{"hub_url", Type::text, "https://localhost:7197/gridhub", "HUB_URL", "", restart, open,
        "hub that a worker joins", "url"},
    Setting{"provider_token", Type::text, "", "PROVIDER_TOKEN", "", restart, secret,
        "token that a worker joins with"},
    Setting{"allow_invalid_certs", Type::boolean, "0", "ALLOW_INVALID_CERTS", "", restart, open,
        "a worker accepts any certificate of its hub: for trials only"},

    // Clients: checks and the reference client.
    Setting{"lmstudio_model", Type::text, "qwen3-06.b", "LMSTUDIO_MODEL", "", reload, open,
        "model that clients ask LM Studio for"},
    Setting{"lmstudio_completion_model", Type::text, "", "LMSTUDIO_COMPLETION_MODEL", "", reload, open,
        "the same for plain completions; none: lmstudio_model"},
    Setting{"lmstudio_embedding_model", Type::text, "text-embedding-qwen3-embedding-0.6b", "LMSTUDIO_EMBEDDING_MODEL",
        "", reload, open, "the same for embeddings"},
    Setting{"ollama_model", Type::text, "gemma3:4b", "OLLAMA_MODEL", "", reload, open,
        "model that clients ask Ollama for"},
    Setting{"openwebui_model", Type::text, "", "OPENWEBUI_MODEL", "", reload, open,
        "model that clients ask Open WebUI for; none: ollama_model"},
    Setting{"kokoro_voice", Type::text, "af_bella", "KOKORO_VOICE", "", reload, open,
        "voice that clients ask for"},
    Setting{"dashboard_api_key", Type::text, "", "DASHBOARD_API_KEY", "", reload, secret,
        "key that clients send; none: the first of dashboard_api_keys"},
    Setting{"agent_timeout", Type::duration, "30s", "AGENT_TIMEOUT", "", reload, open,
        "how long the reference client waits for an answer"},
    Setting{"connectivity_timeout", Type::duration, "15s", "CONNECTIVITY_TIMEOUT", "", reload, open,
        "how long a check waits for an answer"},
    Setting{"static_version", Type::text, "", "STATIC_VERSION", "", reload, open,
        "text that pages append to the addresses of their files, to get past caches"},
    Setting{"cli_api_key", Type::text, "", "CLI_API_KEY_*", "", reload, secret,
        "accepted and unused: a placeholder of the older gateway"},
};
// clang-format on

}  // namespace

std::span<const Setting> settings_table() {
    return table;
}

const Setting* find_setting(std::string_view name) {
    auto row =
        std::find_if(table.begin(), table.end(), [&](const Setting& each) { return each.name == name; });
    return row == table.end() ? nullptr : &*row;
}

}  // namespace aihub::config
