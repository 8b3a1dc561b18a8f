#include "tools/aihub-serve/app.hpp"

#include <poll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "shared/base/clock.hpp"
#include "shared/config/reload.hpp"
#include "shared/crypto/hash.hpp"
#include "tools/aihub-serve/api/endpoints.hpp"
#include "tools/aihub-serve/first_key.hpp"
#include "tools/aihub-serve/jobs/account_store.hpp"
#include "tools/aihub-serve/jobs/accounts_watch.hpp"
#include "tools/aihub-serve/jobs/config_editor.hpp"
#include "tools/aihub-serve/jobs/usage_job.hpp"
#include "tools/aihub-serve/listening.hpp"
#include "tools/aihub-serve/main_queue.hpp"
#include "tools/aihub-serve/notify.hpp"
#include "tools/aihub-serve/services/discovery.hpp"
#include "tools/aihub-serve/services/health_probe.hpp"
#include "tools/aihub-serve/streams/resume.hpp"
#include "tools/aihub-serve/tenure.hpp"

namespace aihub::serve {
namespace {

using config::Configuration;

constexpr unsigned offload_threads = 2;
// What is left after the drain time gets so long to notice: sessions first, then threads.
constexpr std::chrono::milliseconds abort_time{300};
constexpr std::chrono::milliseconds stop_time{700};

// Each connection takes a descriptor, each proxied request two: use all that the system lets us.
void raise_descriptor_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

unsigned loop_count(const config::Settings& settings) {
    auto wanted = static_cast<unsigned>(settings.integer("threads"));
    return wanted > 0 ? wanted : std::max(1U, std::thread::hardware_concurrency());
}

sigset_t handled_signals() {
    sigset_t set;
    sigemptyset(&set);
    for (int signal : {SIGTERM, SIGINT, SIGHUP, SIGUSR1}) sigaddset(&set, signal);
    return set;
}

std::string access_log_path(const config::Settings& settings, const std::string& state_folder) {
    const std::string& path = settings.text("access_log");
    if (path.empty()) return state_folder + "/access.log";
    return path == "off" ? std::string() : path;
}

UsageJob::Places usage_places(const config::Settings& settings, const std::string& state_folder) {
    std::string access_log = access_log_path(settings, state_folder);
    return {settings.text("db"), state_folder, access_log == "-" ? std::string() : access_log,
            settings.size("usage_spool_limit")};
}

std::string working_folder() {
    std::error_code failed;
    return std::filesystem::current_path(failed).string();
}

void apply_log_levels(log::Logger& logger, const config::Settings& settings) {
    logger.set_levels(log::parse_level(settings.text("log_level")).value_or(log::Level::info),
                      log::parse_level(settings.text("log_file_level")).value_or(log::Level::info));
}

// Null where there is none: then the gateway speaks plain HTTP.
Result<net::TlsContext> certificate_of(const config::Settings& settings) {
    const std::string& certificate = settings.text("tls_certificate");
    const std::string& key = settings.text("tls_key");
    if (certificate.empty() != key.empty())
        return Error(ErrorCode::invalid_input, "HTTPS takes both --tls-cert and --tls-key",
                     "give the other one too");
    if (certificate.empty()) return net::TlsContext(nullptr);
    return net::load_tls(certificate, key);
}

}  // namespace

struct App::Parts {
    Configuration configuration;
    std::function<Result<Configuration>()> load_again;
    config::Flags flags;
    std::string state_folder;
    UniqueFd signal_queue;
    MainQueue main_queue;
    log::Logger logger;
    AccessLogFile access_log;
    Tenure tenure;
    net::TlsContext tls;
    net::Census census;
    Endpoints endpoints;
    StreamStore streams;
    FairQueue queue;
    Resume resume{streams};
    Gateway gateway{endpoints, resume};
    net::Offload offload{offload_threads};
    Survey survey;
    ApiAbilities abilities;
    Ledger ledger;
    std::unique_ptr<UsageJob> usage;
    std::vector<std::unique_ptr<LoopRunner>> loops;
    std::unique_ptr<AccountsWatch> accounts_watch;
    std::unique_ptr<AccountStore> account_store;
    std::unique_ptr<ConfigEditor> config_editor;
    std::unique_ptr<Discovery> discovery;
    std::unique_ptr<HealthProbe> health_probe;

    std::mutex picture_mutex;  // publishers take turns; readers get finished pictures
    Picture picture;
    AccountsWatch::Table stored_accounts;
    FindingsByUrl findings;
    Survivors survivors;

    Parts(Configuration configuration_, std::function<Result<Configuration>()> load_again_,
          config::Flags flags_)
        : configuration(std::move(configuration_)),
          load_again(std::move(load_again_)),
          flags(std::move(flags_)),
          state_folder(configuration.settings.text("state_dir")),
          logger(log::Level::info,
                 configuration.settings.text("log_format") == "json" ? log::Format::json : log::Format::text),
          tenure(state_folder, logger) {}

    const config::Settings& settings() const { return configuration.settings; }

    Result<void> open_logs();
    Result<void> open_accounts();
    Result<void> load_certificate();
    void make_config_editor();
    Result<void> bind();
    Result<void> make_loops();
    Result<void> begin();
    nlohmann::ordered_json status() const;
    int wait_for_signal(int milliseconds);
    void reopen_logs();
    void start_threads();
    void build_picture();
    void publish();
    void reload();
    void conclude_reload(const Result<void>& done);
    Result<void> take_over(Configuration fresh);
    Result<std::string> check(Configuration fresh) const;
    Result<std::string> apply(Configuration fresh);
    Result<std::string> on_main_thread(const std::function<Result<std::string>()>& work);
    void say_where();
    int drain(int signal);
    int end(int signal);
    void stop_threads();
    bool stop_threads_within(std::chrono::milliseconds patience);
    [[noreturn]] void leave_behind(int status);
    std::size_t open_sessions() const;
};

Result<void> App::Parts::open_logs() {
    apply_log_levels(logger, settings());
    if (const std::string& file = settings().text("log_file"); !file.empty()) {
        Result<void> opened = logger.open_file(
            file, log::parse_level(settings().text("log_file_level")).value_or(log::Level::info));
        if (!opened) return opened;
    }
    std::string journals = UsageJob::journal_folder(state_folder);
    if (Result<void> made = make_folders(journals, 0700); !made) return made;
    access_log.keep_journal_in(journals);
    return access_log.open(access_log_path(settings(), state_folder), [this](std::uint64_t lines) {
        logger.warning("access_log.dropped", log::kv("lines", lines),
                       log::kv("reason", "nobody takes what goes to stdout"));
    });
}

Result<void> App::Parts::open_accounts() {
    Result<db::Database> database = db::Database::open(settings().text("db"), db::OpenMode::read_write);
    if (!database) return database.error();
    Result<void> first = ensure_admin_key(*database, state_folder);
    if (!first) return first;
    auto opened =
        UsageJob::open(*database, usage_places(settings(), state_folder), access_log, ledger, logger);
    if (!opened) return opened.error();
    usage = std::move(*opened);
    accounts_watch =
        std::make_unique<AccountsWatch>(settings().text("db"), logger, [this](AccountsWatch::Table accounts) {
            usage->refresh_standing();  // a new user's balance is known before the user is
            std::lock_guard lock(picture_mutex);
            stored_accounts = std::move(accounts);
            picture.accounts = std::make_shared<Accounts>(stored_accounts, settings());
            publish();
        });
    Result<AccountsWatch::Table> loaded = accounts_watch->load();
    if (!loaded) return loaded.error();
    stored_accounts = std::move(*loaded);
    account_store = std::make_unique<AccountStore>(settings().text("db"), *accounts_watch);
    return {};
}

Result<void> App::Parts::load_certificate() {
    Result<net::TlsContext> loaded = certificate_of(settings());
    if (!loaded) return loaded.error();
    tls = *loaded;
    return {};
}

Result<void> App::Parts::bind() {
    auto bound = bind_addresses(settings().list("listen"), loop_count(settings()), tenure.inheritance());
    if (!bound) return bound.error();
    tenure.set_addresses(std::move(*bound));
    return {};
}

Result<void> App::Parts::make_loops() {
    for (unsigned i = 0; i < loop_count(settings()); ++i)
        loops.push_back(std::make_unique<LoopRunner>(offload, access_log, logger, gateway, census));
    return deal(tenure.addresses(), loops);
}

void App::Parts::build_picture() {
    picture.configuration = std::make_shared<const Configuration>(configuration);
    picture.policy = std::make_shared<Policy>(configuration, state_folder);
    picture.accounts = std::make_shared<Accounts>(stored_accounts, settings());
    picture.catalogue = std::make_shared<Catalogue>(configuration, findings, survivors);
}

// Under picture_mutex, or before the threads start.
void App::Parts::publish() {
    auto next = std::make_shared<const Picture>(picture);
    for (auto& runner : loops) runner->publish(next);
}

void App::Parts::start_threads() {
    health_probe = std::make_unique<HealthProbe>(logger, [this] { discovery->ask_now(); });
    discovery = std::make_unique<Discovery>(logger, [this](const FindingsByUrl& news, std::uint64_t rounds) {
        std::lock_guard lock(picture_mutex);
        findings = news;
        picture.catalogue = std::make_shared<Catalogue>(configuration, findings, survivors);
        picture.discovery_round = rounds;
        health_probe->watch(*picture.catalogue);
        publish();
    });
    discovery->configure(configuration.services, settings().duration("discovery_interval"),
                         settings().duration("discovery_timeout"));
    health_probe->configure(settings().duration("health_interval"));
    health_probe->watch(*picture.catalogue);
    make_config_editor();
    auto first = std::make_shared<const Picture>(picture);
    usage->start();
    std::size_t loop = 0;
    for (auto& runner : loops) {
        runner->worker().ask_for_discovery = [this] { return discovery->ask_now(); };
        runner->worker().survey = &survey;
        runner->worker().abilities = &abilities;
        runner->worker().ledger = &ledger;
        runner->worker().usage_trouble = &usage->trouble();
        runner->worker().usage_ids = UsageIds(usage->number(), loop++);
        runner->worker().records.hand_over = [this](std::vector<db::Usage>&& rows) {
            usage->add(std::move(rows));
        };
        runner->worker().streams = &streams;
        runner->worker().queue = &queue;
        runner->worker().account_store = account_store.get();
        runner->worker().config_editor = config_editor.get();
        runner->worker().picture = first;  // before its thread runs
        runner->set_tls(tls);
        runner->start();
    }
    discovery->start();
    health_probe->start();
    accounts_watch->start();
}

void App::Parts::say_where() {
    const Running& running = tenure.running();
    for (const std::string& address : running.addresses)
        std::printf("listening on %s://%s\n", tls ? "https" : "http", address.c_str());
    std::fflush(stdout);
    notify_systemd("READY=1\nMAINPID=" + std::to_string(running.process) + "\nSTATUS=listening on " +
                   running.addresses.front());
}

// From the loops' listen() on, clients come.
Result<void> App::Parts::begin() {
    Tenure::Duties duties{[this] { return status(); },
                          [this] {
                              for (auto& runner : loops) runner->drain(true);
                          }};
    if (Result<void> done = tenure.begin(std::move(duties)); !done) return done;
    for (auto& runner : loops) runner->listen();
    std::optional<Inheritance> inherited = tenure.release_inheritance();
    if (!inherited) return {};
    retire(inherited->rest(), *loops.front());
    logger.info("gateway.took_over", log::kv("process", inherited->predecessor()));
    return {};
}

nlohmann::ordered_json App::Parts::status() const {
    return {{"process", ::getpid()},          {"replaced", tenure.successor() != 0},
            {"connections", open_sessions()}, {"folder", working_folder()},
            {"config", configuration.file},   {"flags", flags}};
}

// The signal, or 0 when the time is over, somebody has used the control socket or wanted something done.
int App::Parts::wait_for_signal(int milliseconds) {
    std::vector<pollfd> polled = {{signal_queue.get(), POLLIN, 0}, {main_queue.descriptor(), POLLIN, 0}};
    tenure.watch(polled);
    if (::poll(polled.data(), polled.size(), milliseconds) <= 0) return 0;
    tenure.serve();
    main_queue.serve();
    signalfd_siginfo arrived{};
    bool got = ::read(signal_queue.get(), &arrived, sizeof arrived) == static_cast<ssize_t>(sizeof arrived);
    return got ? static_cast<int>(arrived.ssi_signo) : 0;
}

Result<void> App::Parts::take_over(Configuration fresh) {
    Result<config::Reloaded> reloaded = config::reload(settings(), std::move(fresh));
    if (!reloaded) return reloaded.error();
    {
        std::lock_guard lock(picture_mutex);
        Configuration before = std::exchange(configuration, std::move(reloaded->configuration));
        Result<void> certificate = load_certificate();
        if (!certificate) {
            configuration = std::move(before);
            return certificate;
        }
        build_picture();
        health_probe->configure(settings().duration("health_interval"));
        health_probe->watch(*picture.catalogue);
        publish();
    }
    queue.limits_changed();
    apply_log_levels(logger, settings());
    usage->set_spool_limit(settings().size("usage_spool_limit"));
    for (auto& runner : loops) runner->set_tls(tls);
    discovery->configure(configuration.services, settings().duration("discovery_interval"),
                         settings().duration("discovery_timeout"));
    tenure.running().needs_restart = reloaded->needs_restart;
    return {};
}

// SIGHUP: a bad configuration is refused and the old one stays in force.
void App::Parts::reload() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    notify_systemd("RELOADING=1\nMONOTONIC_USEC=" +
                   std::to_string(now.tv_sec * 1'000'000LL + now.tv_nsec / 1000));
    Result<void> done = logger.reopen();
    if (done) done = access_log.reopen();
    Result<Configuration> fresh = load_again();
    if (!fresh) done = fresh.error();
    if (done) done = take_over(std::move(*fresh));
    conclude_reload(done);
    notify_systemd("READY=1");
}

void App::Parts::conclude_reload(const Result<void>& done) {
    Running& running = tenure.running();
    ++running.reloads;
    running.reload_error = done ? std::string() : done.error().message;
    if (!done)
        logger.error("config.refused", log::kv("reason", done.error().message),
                     log::kv("hint", done.error().hint));
    else if (running.needs_restart.empty())
        logger.info("config.reloaded");
    else
        logger.warning("config.needs_restart", log::kv("settings", running.needs_restart));
    tenure.write_running();
}

// What would need a restart.
Result<std::string> App::Parts::check(Configuration fresh) const {
    Result<config::Reloaded> reloaded = config::reload(settings(), std::move(fresh));
    if (!reloaded) return reloaded.error();
    Result<net::TlsContext> certificate = certificate_of(reloaded->configuration.settings);
    if (!certificate) return certificate.error();
    return reloaded->needs_restart;
}

Result<std::string> App::Parts::apply(Configuration fresh) {
    Result<void> done = take_over(std::move(fresh));
    conclude_reload(done);
    if (!done) return done.error();
    return tenure.running().needs_restart;
}

Result<std::string> App::Parts::on_main_thread(const std::function<Result<std::string>()>& work) {
    Result<std::string> outcome =
        Error(ErrorCode::unavailable, "the gateway is about to stop", "ask its successor, in a moment");
    main_queue.run([&] { outcome = work(); });
    return outcome;
}

void App::Parts::make_config_editor() {
    ConfigEditor::Gateway reach;
    reach.running = [this] {
        std::lock_guard lock(picture_mutex);
        return picture.configuration;
    };
    reach.check = [this](Configuration fresh) {
        return on_main_thread([&] { return check(std::move(fresh)); });
    };
    reach.apply = [this](Configuration fresh) {
        return on_main_thread([&] { return apply(std::move(fresh)); });
    };
    config_editor = std::make_unique<ConfigEditor>(flags, std::move(reach));
}

void App::Parts::reopen_logs() {
    (void)logger.reopen();
    (void)access_log.reopen();
}

std::size_t App::Parts::open_sessions() const {
    std::size_t count = 0;
    for (const auto& runner : loops) count += runner->open_sessions();
    return count;
}

// Lets what runs finish, and gives up when the time is over or at one signal more than were needed to get
// here. A replaced process has long; the first signal leaves it as much time as any other that is told to
// stop.
int App::Parts::drain(int signal) {
    bool told = signal != 0;
    std::int64_t end = net::steady_ms() + settings().duration(told ? "drain" : "restart_drain").count();
    int status = 0;
    while (net::steady_ms() < end && open_sessions() > 0) {
        int another = wait_for_signal(20);
        if (another == SIGUSR1) reopen_logs();
        if (another != SIGTERM && another != SIGINT) continue;
        if (told) {
            status = 128 + another;
            break;
        }
        told = true;
        end = std::min(end, net::steady_ms() + settings().duration("drain").count());
    }
    for (auto& runner : loops) runner->abort();
    streams.end();
    queue.end();
    survey.stop();  // who waits for their answers is woken while the loops still run
    abilities.stop();
    for (std::int64_t last = net::steady_ms() + abort_time.count();
         open_sessions() > 0 && net::steady_ms() < last;)
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    return status;
}

// Stops accepting; a replaced process did so when it was replaced.
int App::Parts::end(int signal) {
    main_queue.close();
    tenure.end();
    if (signal != 0)
        logger.info("gateway.draining", log::kv("signal", signal), log::kv("connections", open_sessions()));
    if (signal == 0) logger.info("gateway.draining", log::kv("connections", open_sessions()));
    if (tenure.successor() == 0) {
        notify_systemd("STOPPING=1");
        for (auto& runner : loops) runner->drain(false);
    }
    int status = drain(signal);
    tenure.close_control();
    if (!stop_threads_within(stop_time)) leave_behind(status);
    logger.info("gateway.stopped");
    return status;
}

// The loops first: what they still have to log is written, whatever else hangs.
void App::Parts::stop_threads() {
    for (auto& runner : loops) runner->stop();
    if (usage) usage->stop();
    access_log.close();
    if (health_probe) health_probe->stop();
    if (discovery) discovery->stop();
    survey.stop();
    abilities.stop();
    main_queue.close();
    if (accounts_watch) accounts_watch->stop();
    if (account_store) account_store->join();  // as below
    offload.join();                            // its jobs end on loops that must still be there
}

bool App::Parts::stop_threads_within(std::chrono::milliseconds patience) {
    std::packaged_task<void()> stopping([this] { stop_threads(); });
    std::future<void> stopped = stopping.get_future();
    std::thread thread(std::move(stopping));
    if (stopped.wait_for(patience) == std::future_status::ready) return thread.join(), true;
    thread.detach();
    return false;
}

// A question that is not answered, a disk that hangs: whoever told us to stop has waited for long enough.
void App::Parts::leave_behind(int status) {
    logger.warning("gateway.stopped",
                   log::kv("reason", "the time to drain is over; what hung was left behind"));
    tenure.leave();
    std::_Exit(status);
}

App::App(Configuration configuration, std::function<Result<Configuration>()> load_again,
         config::Flags flags) {
    sigset_t set = handled_signals();
    ::pthread_sigmask(SIG_BLOCK, &set, nullptr);  // before any thread: all of them inherit it
    std::signal(SIGPIPE, SIG_IGN);
    parts_ = std::make_unique<Parts>(std::move(configuration), std::move(load_again), std::move(flags));
    parts_->signal_queue = UniqueFd(::signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC));
}

App::~App() {
    parts_->stop_threads();
}

const std::vector<std::string>& App::addresses() const {
    return parts_->tenure.running().addresses;
}

Result<void> App::start(bool take_over) {
    Parts& p = *parts_;
    raise_descriptor_limit();
    crypto::initialise();
    if (Result<void> made = make_folders(p.state_folder, 0700); !made) return made;
    if (Result<void> done = p.tenure.claim(take_over); !done) return done;
    if (Result<void> done = p.open_logs(); !done) return done;
    if (Result<void> done = p.load_certificate(); !done) return done;
    if (Result<void> done = p.bind(); !done)
        return done;  // before the first key is made: a taken port changes nothing
    if (Result<void> done = p.open_accounts(); !done) return done;
    if (Result<void> done = p.make_loops(); !done) return done;
    p.build_picture();
    Running& running = p.tenure.running();
    running.process = ::getpid();
    running.started = utc_iso8601(now_ms());
    running.tls = p.tls != nullptr;
    p.start_threads();
    if (Result<void> done = p.begin(); !done) return done;
    p.logger.info("gateway.started", log::kv("address", running.addresses.front()),
                  log::kv("loops", p.loops.size()), log::kv("auth", p.settings().boolean("auth")));
    p.say_where();
    return {};
}

int App::run() {
    Parts& p = *parts_;
    for (;;) {
        int signal = p.wait_for_signal(-1);
        bool told = signal == SIGTERM || signal == SIGINT;
        if (told || p.tenure.successor() != 0) return p.end(told ? signal : 0);
        if (signal == SIGHUP) p.reload();
        if (signal == SIGUSR1) p.reopen_logs();
    }
}

}  // namespace aihub::serve
