// Does this compiler get plain coroutine code right? Exit 0 when it does. The shapes are those that
// g++ 11 and 12 get wrong: an await in a condition, in a conditional expression, and an aggregate
// temporary inside an await expression.
#include <coroutine>
#include <exception>
#include <string>
#include <utility>

namespace {

int live = 0;  // strings in flight, to see a double destruction

struct Counted {
    std::string text;
    explicit Counted(std::string value) : text(std::move(value)) { ++live; }
    Counted(const Counted& other) : text(other.text) { ++live; }
    Counted(Counted&& other) noexcept : text(std::move(other.text)) { ++live; }
    Counted& operator=(const Counted&) = default;
    Counted& operator=(Counted&&) = default;
    ~Counted() { --live; }
};

struct Bag {
    Counted first;
    int second;
};

template <typename T>
struct Task {
    struct promise_type {
        T value{};
        std::coroutine_handle<> waiter;
        Task get_return_object() { return Task{std::coroutine_handle<promise_type>::from_promise(*this)}; }
        std::suspend_always initial_suspend() noexcept { return {}; }
        struct Final {
            bool await_ready() noexcept { return false; }
            std::coroutine_handle<> await_suspend(std::coroutine_handle<promise_type> done) noexcept {
                return done.promise().waiter ? done.promise().waiter : std::noop_coroutine();
            }
            void await_resume() noexcept {}
        };
        Final final_suspend() noexcept { return {}; }
        void return_value(T v) { value = std::move(v); }
        void unhandled_exception() { std::terminate(); }
    };
    std::coroutine_handle<promise_type> handle;
    explicit Task(std::coroutine_handle<promise_type> h) : handle(h) {}
    Task(Task&& other) noexcept : handle(std::exchange(other.handle, nullptr)) {}
    ~Task() {
        if (handle) handle.destroy();
    }
    bool await_ready() { return false; }
    std::coroutine_handle<> await_suspend(std::coroutine_handle<> caller) {
        handle.promise().waiter = caller;
        return handle;
    }
    T await_resume() { return std::move(handle.promise().value); }
};

Task<bool> yes(Counted text) {
    co_return !text.text.empty();
}
Task<int> size_of(Bag bag) {
    co_return static_cast<int>(bag.first.text.size()) + bag.second;
}

Task<int> condition(bool flag) {
    if (flag && co_await yes(Counted("a"))) co_return 1;
    co_return 2;
}
Task<int> negated() {
    if (!co_await yes(Counted("a"))) co_return 1;
    co_return 2;
}
Task<int> conditional(bool flag) {
    co_return flag ? co_await size_of(Bag{Counted("abc"), 4}) : 0;
}

int run(Task<int> task) {
    while (!task.handle.done()) task.handle.resume();
    return task.handle.promise().value;
}

}  // namespace

int main() {
    if (run(condition(true)) != 1) return 1;
    if (run(condition(false)) != 2) return 2;
    if (run(negated()) != 2) return 3;
    if (run(conditional(true)) != 7) return 4;
    if (live != 0) return 5;
    return 0;
}
