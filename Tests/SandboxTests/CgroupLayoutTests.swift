import Testing

@testable import Executor

@Suite struct CgroupLayoutTests {
    @Test func `version 2 has one directory for everything`() throws {
        let layout = try CgroupLayout(
            membership: "0::/system.slice/runledger.service\n",
            mounts: "35 24 0:30 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n")
        #expect(layout.version == .v2)
        #expect(layout.uniqueDirectories == ["/sys/fs/cgroup/system.slice/runledger.service"])
    }

    @Test func `in a container with a namespace of its own the root is the mount`() throws {
        let layout = try CgroupLayout(
            membership: "0::/\n", mounts: "35 24 0:30 / /sys/fs/cgroup rw - cgroup2 cgroup rw\n")
        #expect(layout.uniqueDirectories == ["/sys/fs/cgroup"])
    }

    @Test func `version 1 has a directory for each hierarchy`() throws {
        let layout = try CgroupLayout(
            membership: "8:pids:/\n4:memory:/a/b\n2:cpu,cpuacct:/\n0::/\n",
            mounts: """
                30 29 0:26 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct
                31 29 0:27 / /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory
                32 29 0:28 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids
                33 29 0:29 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw
                """)
        #expect(layout.version == .v1)
        #expect(layout.directories[.memory] == "/sys/fs/cgroup/memory/a/b")
        #expect(layout.directories[.accounting] == "/sys/fs/cgroup/cpu,cpuacct")
        #expect(layout.uniqueDirectories.count == 3)
    }

    @Test func `a container's path is relative to what is mounted`() throws {
        let layout = try CgroupLayout(
            membership: "4:memory:/docker/abc/x\n3:pids:/docker/abc\n2:cpu,cpuacct:/docker/abc\n",
            mounts: """
                30 29 0:26 /docker/abc /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,cpuacct
                31 29 0:27 /docker/abc /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
                32 29 0:28 /docker/abc /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids
                """)
        #expect(layout.directories[.memory] == "/sys/fs/cgroup/memory/x")
        #expect(layout.directories[.pids] == "/sys/fs/cgroup/pids")
    }

    @Test func `a missing controller is named`() {
        let error = #expect(throws: SandboxError.self) {
            try CgroupLayout(
                membership: "4:memory:/\n",
                mounts: "31 29 0:27 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n")
        }
        #expect(error?.layer == "cgroup: cpu")
    }
}
