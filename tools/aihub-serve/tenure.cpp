#include "tools/aihub-serve/tenure.hpp"

#include <nlohmann/json.hpp>

namespace aihub::serve {

Tenure::Tenure(std::string state_folder, log::Logger& logger)
    : state_folder_(std::move(state_folder)), logger_(logger) {}

Result<void> Tenure::claim(bool take_over) {
    if (take_over) {
        Result<Inheritance> inherited = Inheritance::claim(state_folder_);
        if (inherited) return inheritance_.emplace(std::move(*inherited)), Result<void>();
        if (inherited.error().code != ErrorCode::not_found) return inherited.error();
    }
    Result<PidFile> acquired = PidFile::acquire(state_folder_);
    if (!acquired) return acquired.error();
    pid_file_.emplace(std::move(*acquired));
    return {};
}

void Tenure::set_addresses(std::vector<net::ListeningAddress> addresses) {
    addresses_ = std::move(addresses);
    for (const net::ListeningAddress& address : addresses_)
        running_.addresses.push_back(net::to_text(address.endpoint));
}

// Whoever waits for us waits until our output goes elsewhere: by then we can be found.
Result<void> Tenure::begin(Duties duties) {
    duties_ = std::move(duties);
    if (inheritance_)
        if (Result<void> taken = take(); !taken) return taken;
    open_control();
    Result<void> written = pid_file_->write(running_);
    if (!written && !inheritance_) return written;
    if (!written) logger_.error("state.unwritten", log::kv("reason", written.error().message));
    if (inheritance_) inheritance_->adopt_output();
    return {};
}

Result<void> Tenure::take() {
    for (const net::ListeningAddress& address : addresses_)
        if (Result<void> done = net::begin_listening(address); !done) return done;
    if (Result<void> taken = inheritance_->take(state_folder_); !taken) return taken;
    pid_file_.emplace(PidFile::inherited(state_folder_, inheritance_->release_pid_file()));
    return {};
}

// Without it the gateway serves all the same, but can only be stopped and started.
void Tenure::open_control() {
    Result<ControlServer> opened = ControlServer::open(state_folder_);
    if (!opened) {
        logger_.warning("control.unavailable", log::kv("reason", opened.error().message));
        return;
    }
    control_.emplace(std::move(*opened));
    control_->on("status", [this](const ControlCall& call) { call.answer(duties_.status()); });
    control_->on("take over", [this](const ControlCall& call) { offer(call); });
    control_->on("ready", [this](const ControlCall& call) { hand_over(call); });
}

void Tenure::offer(const ControlCall& call) const {
    if (!pid_file_ || ending_)
        return call.refuse(Error(ErrorCode::conflict, "the running gateway is about to end"));
    give_away(call, pid_file_->descriptor(), addresses_);
}

// From here on the other process answers for whoever connects.
void Tenure::hand_over(const ControlCall& call) {
    if (!call.peer.inherits || !pid_file_ || ending_)
        return call.refuse(Error(ErrorCode::conflict, "this gateway has nothing to hand over to you",
                                 "another process was faster, or the gateway is about to end"));
    if (Result<void> aside = control_->step_aside(); !aside)
        logger_.warning("control.unavailable", log::kv("reason", aside.error().message));
    successor_ = call.peer.process;
    running_.process = successor_;
    write_running();  // before we can die: any other heir sees that it came too late
    addresses_.clear();
    duties_.stop_accepting();
    pid_file_->hand_over();
    pid_file_.reset();
    call.answer({{"yours", true}});
    logger_.info("gateway.replaced", log::kv("process", successor_));
}

void Tenure::write_running() {
    (void)pid_file_->write(running_);
}

void Tenure::watch(std::vector<pollfd>& polled) const {
    if (control_) control_->watch(polled);
}

void Tenure::serve() {
    if (control_) control_->serve();
}

void Tenure::end() {
    ending_ = true;
    addresses_.clear();
}

}  // namespace aihub::serve
