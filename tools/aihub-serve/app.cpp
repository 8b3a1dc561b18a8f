#include "tools/aihub-serve/app.hpp"

#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <mutex>
#include <thread>

#include "shared/base/clock.hpp"
#include "shared/config/reload.hpp"
#include "shared/crypto/hash.hpp"
#include "tools/aihub-serve/api/endpoints.hpp"
#include "tools/aihub-serve/first_key.hpp"
#include "tools/aihub-serve/jobs/accounts_watch.hpp"
#include "tools/aihub-serve/loop_runner.hpp"
#include "tools/aihub-serve/notify.hpp"
#include "tools/aihub-serve/pid_file.hpp"
#include "tools/aihub-serve/services/discovery.hpp"

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

void apply_log_levels(log::Logger& logger, const config::Settings& settings) {
    logger.set_levels(log::parse_level(settings.text("log_level")).value_or(log::Level::info),
                      log::parse_level(settings.text("log_file_level")).value_or(log::Level::info));
}

}  // namespace

struct App::Parts {
    Configuration configuration;
    std::function<Result<Configuration>()> load_again;
    std::string state_folder;
    log::Logger logger;
    AccessLogFile access_log;
    std::optional<PidFile> pid_file;
    Running running;
    net::TlsContext tls;
    net::Census census;
    Endpoints endpoints;
    Gateway gateway{endpoints};
    net::Offload offload{offload_threads};
    Survey survey;
    std::vector<std::unique_ptr<LoopRunner>> loops;
    std::unique_ptr<AccountsWatch> accounts_watch;
    std::unique_ptr<Discovery> discovery;

    std::mutex picture_mutex;  // publishers take turns; readers get finished pictures
    Picture picture;
    std::vector<db::Account> stored_accounts;
    FindingsByUrl findings;
    Survivors survivors;

    Parts(Configuration configuration_, std::function<Result<Configuration>()> load_again_)
        : configuration(std::move(configuration_)),
          load_again(std::move(load_again_)),
          state_folder(configuration.settings.text("state_dir")),
          logger(log::Level::info, configuration.settings.text("log_format") == "json" ? log::Format::json
                                                                                       : log::Format::text) {}

    const config::Settings& settings() const { return configuration.settings; }

    Result<void> open_logs();
    Result<void> open_accounts();
    Result<void> load_certificate();
    Result<void> listen();
    void start_threads();
    void build_picture();
    void publish();
    void reload();
    Result<void> take_over(Configuration fresh);
    void say_where();
    int drain(int first_signal);
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
    accounts_watch = std::make_unique<AccountsWatch>(
        std::move(*database), logger, [this](std::vector<db::Account> accounts) {
            std::lock_guard lock(picture_mutex);
            stored_accounts = std::move(accounts);
            picture.accounts = std::make_shared<Accounts>(stored_accounts, settings());
            publish();
        });
    Result<std::vector<db::Account>> loaded = accounts_watch->load();
    if (!loaded) return loaded.error();
    stored_accounts = std::move(*loaded);
    return {};
}

Result<void> App::Parts::load_certificate() {
    const std::string& certificate = settings().text("tls_certificate");
    const std::string& key = settings().text("tls_key");
    if (certificate.empty() != key.empty())
        return Error(ErrorCode::invalid_input, "HTTPS takes both --tls-cert and --tls-key",
                     "give the other one too");
    if (certificate.empty()) {
        tls = nullptr;
        return {};
    }
    Result<net::TlsContext> loaded = net::load_tls(certificate, key);
    if (!loaded) return loaded.error();
    tls = *loaded;
    return {};
}

// Binds each address once on its own, so that a taken port is noticed, then once for each loop.
Result<void> App::Parts::listen() {
    for (unsigned i = 0; i < loop_count(settings()); ++i)
        loops.push_back(std::make_unique<LoopRunner>(offload, access_log, logger, gateway, census));
    for (const std::string& address : settings().list("listen")) {
        Result<net::Endpoint> endpoint = net::parse_endpoint(address);
        if (!endpoint) return endpoint.error();
        if (endpoint->port() != 0) {
            Result<net::Acceptor> alone = net::bind_listener(loops.front()->loop(), *endpoint, true);
            if (!alone) return alone.error();
        }
        for (auto& runner : loops) {
            Result<net::Acceptor> acceptor = net::bind_listener(runner->loop(), *endpoint, false);
            if (!acceptor) return acceptor.error();
            endpoint->port(acceptor->local_endpoint().port());  // port 0: the same for all loops
            runner->add_listener(std::move(*acceptor));
        }
        running.addresses.push_back(net::to_text(*endpoint));
    }
    return {};
}

void App::Parts::build_picture() {
    picture.policy = std::make_shared<Policy>(settings(), state_folder);
    picture.accounts = std::make_shared<Accounts>(stored_accounts, settings());
    picture.catalogue = std::make_shared<Catalogue>(configuration, findings, survivors);
}

// Under picture_mutex, or before the threads start.
void App::Parts::publish() {
    auto next = std::make_shared<const Picture>(picture);
    for (auto& runner : loops) runner->publish(next);
}

void App::Parts::start_threads() {
    discovery = std::make_unique<Discovery>(logger, [this](const FindingsByUrl& news, std::uint64_t rounds) {
        std::lock_guard lock(picture_mutex);
        findings = news;
        picture.catalogue = std::make_shared<Catalogue>(configuration, findings, survivors);
        picture.discovery_round = rounds;
        publish();
    });
    discovery->configure(configuration.services, settings().duration("discovery_interval"),
                         settings().duration("discovery_timeout"));
    auto first = std::make_shared<const Picture>(picture);
    for (auto& runner : loops) {
        runner->worker().ask_for_discovery = [this] { return discovery->ask_now(); };
        runner->worker().survey = &survey;
        runner->worker().picture = first;  // before its thread runs
        runner->set_tls(tls);
        runner->start();
    }
    discovery->start();
    accounts_watch->start();
}

void App::Parts::say_where() {
    for (const std::string& address : running.addresses)
        std::printf("listening on %s://%s\n", tls ? "https" : "http", address.c_str());
    std::fflush(stdout);
    notify_systemd("READY=1\nSTATUS=listening on " + running.addresses.front());
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
        publish();
    }
    apply_log_levels(logger, settings());
    for (auto& runner : loops) runner->set_tls(tls);
    discovery->configure(configuration.services, settings().duration("discovery_interval"),
                         settings().duration("discovery_timeout"));
    running.needs_restart = reloaded->needs_restart;
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
    ++running.reloads;
    running.reload_error = done ? std::string() : done.error().message;
    if (!done)
        logger.error("config.refused", log::kv("reason", done.error().message),
                     log::kv("hint", done.error().hint));
    else if (running.needs_restart.empty())
        logger.info("config.reloaded");
    else
        logger.warning("config.needs_restart", log::kv("settings", running.needs_restart));
    (void)pid_file->write(running);
    notify_systemd("READY=1");
}

std::size_t App::Parts::open_sessions() const {
    std::size_t count = 0;
    for (const auto& runner : loops) count += runner->open_sessions();
    return count;
}

// Stops accepting, lets what runs finish, and gives up after the drain time or at a second signal.
int App::Parts::drain(int first_signal) {
    notify_systemd("STOPPING=1");
    logger.info("gateway.draining", log::kv("signal", first_signal), log::kv("connections", open_sessions()));
    for (auto& runner : loops) runner->drain();
    sigset_t set = handled_signals();
    std::int64_t end = net::steady_ms() + settings().duration("drain").count();
    int status = 0;
    while (net::steady_ms() < end && open_sessions() > 0) {
        timespec pause{0, 20'000'000};
        int signal = ::sigtimedwait(&set, nullptr, &pause);
        if (signal == SIGTERM || signal == SIGINT) {
            status = 128 + signal;
            break;
        }
    }
    for (auto& runner : loops) runner->abort();
    survey.stop();  // who waits for its answers is woken while the loops still run
    for (std::int64_t last = net::steady_ms() + abort_time.count();
         open_sessions() > 0 && net::steady_ms() < last;)
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    return status;
}

// The loops first: what they still have to log is written, whatever else hangs.
void App::Parts::stop_threads() {
    for (auto& runner : loops) runner->stop();
    access_log.close();
    if (discovery) discovery->stop();
    survey.stop();
    if (accounts_watch) accounts_watch->stop();
    offload.join();  // its jobs end on loops that must still be there
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
    pid_file.reset();
    std::_Exit(status);
}

App::App(Configuration configuration, std::function<Result<Configuration>()> load_again) {
    sigset_t set = handled_signals();
    ::pthread_sigmask(SIG_BLOCK, &set, nullptr);  // before any thread: all of them inherit it
    std::signal(SIGPIPE, SIG_IGN);
    parts_ = std::make_unique<Parts>(std::move(configuration), std::move(load_again));
}

App::~App() {
    parts_->stop_threads();
}

const std::vector<std::string>& App::addresses() const {
    return parts_->running.addresses;
}

Result<void> App::start() {
    Parts& p = *parts_;
    raise_descriptor_limit();
    crypto::initialise();
    if (Result<void> made = make_folders(p.state_folder, 0700); !made) return made;
    Result<PidFile> pid_file = PidFile::acquire(p.state_folder);
    if (!pid_file) return pid_file.error();
    p.pid_file.emplace(std::move(*pid_file));
    if (Result<void> done = p.open_logs(); !done) return done;
    if (Result<void> done = p.load_certificate(); !done) return done;
    if (Result<void> done = p.listen(); !done)
        return done;  // before the first key is made: a taken port changes nothing
    if (Result<void> done = p.open_accounts(); !done) return done;
    p.build_picture();
    p.running.process = ::getpid();
    p.running.started = utc_iso8601(now_ms());
    p.running.tls = p.tls != nullptr;
    p.start_threads();
    if (Result<void> done = p.pid_file->write(p.running); !done) return done;
    p.logger.info("gateway.started", log::kv("address", p.running.addresses.front()),
                  log::kv("loops", p.loops.size()), log::kv("auth", p.settings().boolean("auth")));
    p.say_where();
    return {};
}

int App::run() {
    sigset_t set = handled_signals();
    for (;;) {
        int signal = 0;
        if (::sigwait(&set, &signal) != 0) continue;
        if (signal == SIGHUP) {
            parts_->reload();
        } else if (signal == SIGUSR1) {
            (void)parts_->logger.reopen();
            (void)parts_->access_log.reopen();
        } else {
            int status = parts_->drain(signal);
            if (!parts_->stop_threads_within(stop_time)) parts_->leave_behind(status);
            parts_->logger.info("gateway.stopped");
            return status;
        }
    }
}

}  // namespace aihub::serve
