import Events
import Testing

@testable import Executor

@Suite struct PoolPolicyTests {
    @Test func `the pools are filled, a few at a time`() {
        var policy = PoolPolicy(targets: [.python: 3, .plain: 1], maximumCreating: 2)
        #expect(policy.start() == [.create(.python), .create(.python)])
        #expect(policy.created(.python, sandbox: "a") == [.create(.python)])
        #expect(policy.created(.python, sandbox: "b") == [.create(.plain)])
        #expect(policy.created(.python, sandbox: "c") == [])
        #expect(policy.created(.plain, sandbox: "d") == [])
        #expect(policy.idleCount(.python) == 3)
    }

    @Test func `what is taken is replaced at once`() {
        var policy = PoolPolicy(targets: [.plain: 1], maximumCreating: 2)
        _ = policy.start()
        _ = policy.created(.plain, sandbox: "a")
        #expect(policy.take(.plain, waiter: 1) == [.give(1, sandbox: "a", .poolHit), .create(.plain)])
        #expect(policy.idleCount(.plain) == 0)
    }

    @Test func `beyond the pool a sandbox is made for who waits, first come first served`() {
        var policy = PoolPolicy(targets: [:], maximumCreating: 1)
        #expect(policy.take(.python, waiter: 1) == [.create(.python)])
        #expect(policy.take(.python, waiter: 2) == [])
        #expect(policy.created(.python, sandbox: "a") == [.give(1, sandbox: "a", .poolMiss), .create(.python)])
        #expect(policy.created(.python, sandbox: "b") == [.give(2, sandbox: "b", .poolMiss)])
    }

    @Test func `who waits comes before the pools`() {
        var policy = PoolPolicy(targets: [.python: 5], maximumCreating: 2)
        #expect(policy.start() == [.create(.python), .create(.python)])
        #expect(policy.take(.plain, waiter: 1) == [])
        #expect(policy.created(.python, sandbox: "a") == [.create(.plain)])
    }

    @Test func `who waits for nothing any more gets nothing`() {
        var policy = PoolPolicy(targets: [:], maximumCreating: 1)
        _ = policy.take(.plain, waiter: 1)
        policy.abandon(.plain, waiter: 1)
        #expect(policy.created(.plain, sandbox: "a") == [])
        #expect(policy.take(.plain, waiter: 2) == [.give(2, sandbox: "a", .poolHit)])
    }

    @Test func `the dead are not handed out but replaced`() {
        var policy = PoolPolicy(targets: [.plain: 1], maximumCreating: 1)
        _ = policy.start()
        _ = policy.created(.plain, sandbox: "a")
        #expect(policy.died(.plain, sandbox: "a") == [.discard(sandbox: "a"), .create(.plain)])
        #expect(policy.died(.plain, sandbox: "a") == [])
    }

    @Test func `failures pause the kind for a growing time`() {
        var policy = PoolPolicy(targets: [.plain: 1], maximumCreating: 1)
        _ = policy.start()
        #expect(policy.creationFailed(.plain) == [.pause(.plain, .milliseconds(50))])
        #expect(policy.resume(.plain) == [.create(.plain)])
        #expect(policy.creationFailed(.plain) == [.pause(.plain, .milliseconds(100))])
        _ = policy.resume(.plain)
        _ = policy.created(.plain, sandbox: "a")
        #expect(policy.take(.plain, waiter: 1) == [.give(1, sandbox: "a", .poolHit), .create(.plain)])
        #expect(policy.creationFailed(.plain) == [.pause(.plain, .milliseconds(50))])
    }

    @Test func `who waits sits through two failures`() {
        var policy = PoolPolicy(targets: [:], maximumCreating: 1)
        _ = policy.take(.plain, waiter: 1)
        #expect(policy.creationFailed(.plain) == [.pause(.plain, .milliseconds(50))])
        #expect(policy.resume(.plain) == [.create(.plain)])
        #expect(policy.creationFailed(.plain) == [.pause(.plain, .milliseconds(100))])
        #expect(policy.resume(.plain) == [.create(.plain)])
        #expect(policy.creationFailed(.plain) == [.fail(1), .pause(.plain, .milliseconds(200))])
        #expect(policy.resume(.plain) == [])
    }

    @Test func `a failing kind does not hold up the others`() {
        var policy = PoolPolicy(targets: [.python: 1, .plain: 1], maximumCreating: 1)
        #expect(policy.start() == [.create(.python)])
        #expect(policy.creationFailed(.python) == [.pause(.python, .milliseconds(50)), .create(.plain)])
    }

    @Test func `closing throws away what waits and tells who waits`() {
        var policy = PoolPolicy(targets: [.plain: 1], maximumCreating: 2)
        _ = policy.start()
        _ = policy.created(.plain, sandbox: "a")
        _ = policy.take(.python, waiter: 1)
        #expect(policy.close() == [.fail(1), .discard(sandbox: "a")])
        #expect(policy.created(.python, sandbox: "b") == [.discard(sandbox: "b")])
        #expect(policy.take(.plain, waiter: 2) == [.fail(2)])
        #expect(policy.resume(.plain) == [])
    }
}
