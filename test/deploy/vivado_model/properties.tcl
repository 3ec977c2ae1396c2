# Properties: objects are handles `kind:name`, and only what Vivado has for a kind can be set or read.

namespace eval model {
  # Parameters of the IPs that the scripts use, each with a pattern of allowed values.
  variable parameters {
    axi_dma {
      c_include_sg {[01]} c_sg_length_width {([89]|1\d|2[0-6])} c_include_mm2s {[01]} c_include_s2mm {[01]} c_include_mm2s_dre {[01]} c_include_s2mm_dre {[01]}
      c_m_axi_mm2s_data_width {(32|64|128|256|512|1024)} c_m_axi_s2mm_data_width {(32|64|128|256|512|1024)}
      c_m_axis_mm2s_tdata_width {(8|16|32|64|128|256|512|1024)} c_s_axis_s2mm_tdata_width {(8|16|32|64|128|256|512|1024)}
      c_mm2s_burst_size {(2|4|8|16|32|64|128|256)} c_s2mm_burst_size {(2|4|8|16|32|64|128|256)}
    }
    axi_interconnect { NUM_SI {([1-9]|1[0-6])} NUM_MI {([1-9]|[1-5]\d|6[0-4])} }
    smartconnect { NUM_SI {([1-9]|1[0-6])} NUM_MI {([1-9]|1[0-6])} NUM_CLKS {\d+} }
    proc_sys_reset {}
    processing_system7 {
      PCW_USE_M_AXI_GP[01] {[01]} PCW_USE_S_AXI_HP[0-3] {[01]} PCW_S_AXI_HP[0-3]_DATA_WIDTH {(32|64)} PCW_EN_CLK[0-3]_PORT {[01]} PCW_EN_RST[0-3]_PORT {[01]}
      PCW_FPGA[0-3]_PERIPHERAL_FREQMHZ {\d+(\.\d+)?} PCW_USE_FABRIC_INTERRUPT {[01]} PCW_IRQ_F2P_INTR {[01]}
      PCW_CRYSTAL_PERIPHERAL_FREQMHZ {\d+(\.\d+)?} PCW_PRESET_BANK[01]_VOLTAGE {LVCMOS (1\.8|2\.5|3\.3)V}
      PCW_UIPARAM_DDR_MEMORY_TYPE {(DDR 3|DDR 3 \(Low Voltage\)|DDR 2|LPDDR 2)} PCW_UIPARAM_DDR_PARTNO {MT4[17][A-Z]\d+M\d+ \S+} PCW_UIPARAM_DDR_BUS_WIDTH {(16|32) Bit}
      PCW_UIPARAM_DDR_FREQ_MHZ {\d+(\.\d+)?} PCW_UIPARAM_DDR_TRAIN_(WRITE_LEVEL|READ_GATE|DATA_EYE) {[01]}
      PCW_UIPARAM_DDR_(DQS_TO_CLK_DELAY_|BOARD_DELAY)[0-3] {-?\d+(\.\d+)?}
      PCW_(UART[01]|SD[01]|ENET[01]|USB[01]|QSPI)_PERIPHERAL_ENABLE {[01]} PCW_SDIO_PERIPHERAL_FREQMHZ {\d+}
      PCW_(UART0_UART0|UART1_UART1|SD0_SD0|SD1_SD1|ENET0_ENET0|USB0_USB0|QSPI_QSPI)_IO {MIO \d+ \.\. \d+}
      PCW_(ENET0_GRP_MDIO|SD[01]_GRP_CD|QSPI_GRP_(IO1|FBCLK|SINGLE_SS))_ENABLE {[01]} PCW_(ENET0_GRP_MDIO|QSPI_GRP_SINGLE_SS)_IO {MIO \d+ \.\. \d+}
      PCW_(SD[01]_GRP_CD|QSPI_GRP_FBCLK|ENET0_RESET|USB0_RESET)_IO {MIO \d+} PCW_QSPI_GRP_IO1_IO {MIO 0 9 \.\. 13} PCW_(ENET0|USB0)_RESET_ENABLE {[01]}
    }
  }
  variable settable {
    project {board_part {.+} ip_repo_paths {.*}}
    fileset {top {\w+}}
    run {strategy {\w+}}
    core {name {\w+} version {\d+\.\d+} display_name {.+} description {.+} core_revision {\d+} supported_families {(zynq|azynq|qzynq) Production}}
    interface {slave_memory_map_ref {\w+}}
    block {range {0x[0-9A-F]+} usage {register|memory}}
    register {address_offset {0x[0-9A-F]+} size {32} access {read-write|read-only|write-only} reset_value {\d+} description {.+}}
    field {bit_offset {\d+} bit_width {\d+} access {read-write|read-only|write-only} description {.+} modified_write_value {oneToClear} read_action {clear}}
  }
  command set_property {-dict} {} 1 3 {
    if {[info exists opt(dict)]} {
      if {[llength $words] != 1} { fail "set_property -dict: one object is expected" }
      if {[llength $opt(dict)] % 2} { fail "set_property -dict: odd number of words" }
      foreach {name value} $opt(dict) { set_one $name $value [lindex $words 0] }
    } else {
      if {[llength $words] != 3} { fail "set_property: name, value and object are expected" }
      set_one [lindex $words 0] [lindex $words 1] [lindex $words 2]
    }
  }
  command get_property {} {} 2 2 { return [get_one [lindex $words 0] [lindex $words 1]] }
}

proc model::set_one {name value object} {
  variable settable
  variable state
  if {$object eq {}} {
    fail "set_property: no object for $name"
  }
  set kind [lindex [split $object :] 0]
  if {$kind eq "cell"} {
    return [set_cell [string range $object 5 end] $name $value]
  }
  if {![dict exists $settable $kind $name]} {
    fail "set_property: $kind has no property '$name'"
  }
  if {![regexp "^(?:[dict get $settable $kind $name])\$" $value]} {
    fail "set_property: $name of a $kind cannot be '$value'"
  }
  set state(property,$object,$name) $value
  if {$name eq "top"} { set state(top) $value }
  if {$name eq "ip_repo_paths"} { set state(repos) $value }
  if {$name eq "board_part" && [get_board_parts $value] eq {}} { fail "board part '$value' is not installed" }
}

# A parameter of a cell in the block design.
proc model::set_cell {cell name value} {
  variable parameters
  variable cells
  variable config
  if {![regexp {^CONFIG\.(.+)$} $name - parameter]} {
    fail "set_property: a cell has no property '$name'"
  }
  set ip [lindex [split $cells($cell) :] 2]
  if {![dict exists $parameters $ip]} {
    fail "$cell: parameters of $ip cannot be set here"
  }
  foreach {pattern values} [dict get $parameters $ip] {
    if {[regexp "^$pattern\$" $parameter]} {
      if {![regexp "^(?:$values)\$" $value]} {
        fail "$cell: $parameter cannot be '$value'"
      }
      set config($cell,$parameter) $value
      return
    }
  }
  fail "$cell: $ip has no parameter '$parameter'"
}

proc model::get_one {name object} {
  variable state
  variable release
  switch -glob -- "[string toupper $name] $object" {
    "PROGRESS run:*" { return [expr {[has_fault run_fails] ? "40%" : "100%"}] }
    "STATUS run:*" { return [expr {[has_fault run_fails] ? "place_design ERROR" : "write_bitstream Complete!"}] }
    "DIRECTORY run:*" { return [file join $state(folder) $state(project).runs [string range $object 4 end]] }
    "SLACK path:max" { return [expr {[has_fault negative_slack] ? -0.213 : 0.402}] }
    "SLACK path:min" { return 0.051 }
    "NAME map:*" { return [string range $object 4 end] }
  }
  fail "get_property: '$object' has no property '$name'"
}

# Constraint files are Tcl without control flow: only these commands are there.
proc model::constraints {path} {
  variable state
  set safe [interp create -safe]
  foreach name [interp eval $safe {info commands}] {
    if {[lsearch -exact {list expr set} $name] < 0} { interp hide $safe $name }
  }
  foreach name {create_clock set_property create_pblock add_cells_to_pblock resize_pblock get_ports get_cells get_pblocks current_design} {
    interp alias $safe $name {} ::model::constraint $name
  }
  set channel [open $path]
  set text [read $channel]
  close $channel
  set failed [catch {interp invokehidden $safe eval $text} message]
  interp delete $safe
  if {$failed} {
    fail "[file tail $path]: $message"
  }
}

proc model::constraint {command args} {
  variable cells
  variable state
  switch -- $command {
    get_ports { if {$args ne "aclk"} { error "no port '$args'" } ; return port:$args }
    get_cells { if {![regexp {^system_i/(\w+)$} $args - cell] || ![info exists cells($cell)]} { error "no cell '$args'" } ; return $args }
    get_pblocks { if {![info exists state(pblock)] || $state(pblock) ne $args} { error "no pblock '$args'" } ; return $args }
    create_pblock { set state(pblock) $args }
    resize_pblock { if {[lindex $args 1] ne "-add"} { error "resize_pblock: $args" } }
    add_cells_to_pblock { if {[llength $args] != 2} { error "add_cells_to_pblock: $args" } }
    create_clock {
      array set opt [lrange $args 0 end-1]
      if {![info exists opt(-name)] || ![info exists opt(-period)] || $opt(-period) <= 0 || [lindex $args end] ne "port:aclk"} { error "create_clock: $args" }
      set state(clock) $opt(-period)
    }
    set_property { if {[lindex $args 0] ne "BITSTREAM.GENERAL.COMPRESS" || [llength $args] != 3} { error "set_property: $args" } }
    current_design { return design }
  }
}
